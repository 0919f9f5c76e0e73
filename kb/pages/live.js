// Streamlit's text area tells the server what is typed only on leaving the field or Ctrl+Enter; the preview should keep up.
// So after a pause in typing this presses Ctrl+Enter in the field.
(() => {
  const PAUSE = 400; // milliseconds
  if (window.wegwijzerLive) return; // one listener for the whole visit
  window.wegwijzerLive = true;
  let timer;
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (event.isComposing || !field.matches(".st-key-ww-live textarea")) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true, cancelable: true }));
    }, PAUSE);
  });
})();
