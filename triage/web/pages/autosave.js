// Sends what is typed in the answer to the server two seconds after the last key, so that a closed window or a restart loses none of it.
const PAUSE = 2000;

export default function (component) {
  const { setTriggerValue } = component;
  const box = document.querySelector(".st-key-answer");
  if (!box) return;
  let waiting;
  const typed = (event) => {
    if (!event.target.matches("textarea, input")) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const body = box.querySelector("textarea");
      const subject = box.querySelector("input");
      if (body && subject) setTriggerValue("typed", { subject: subject.value, body: body.value });
    }, PAUSE);
  };
  box.addEventListener("input", typed);
  return () => {
    clearTimeout(waiting);
    box.removeEventListener("input", typed);
  };
}
