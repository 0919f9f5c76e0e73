/* Wegwijzer search box for other web sites:
 *   <script src="https://HELP-DESK/widget.js" data-language="nl" defer></script>
 * The box appears where the script stands. It asks only the help desk it came from, and keeps nothing. */
(() => {
  const script = document.currentScript;
  const home = new URL(script.src).origin;
  const english = script.dataset.language === "en";
  const words = english
    ? { label: "Search the help desk", none: "Nothing found.", more: "To the help desk", failed: "Searching does not work right now.", found: (n) => (n === 1 ? "1 answer" : `${n} answers`) }
    : { label: "Zoek bij de helpdesk", none: "Niets gevonden.", more: "Naar de helpdesk", failed: "Zoeken lukt nu niet.", found: (n) => (n === 1 ? "1 antwoord" : `${n} antwoorden`) };
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  root.innerHTML = `<style>
    :host { all: initial; display: block; font: 16px/1.5 system-ui, sans-serif; color: #16242b; max-width: 40rem; }
    label { display: block; font-weight: 600; margin-bottom: .3rem; }
    input { box-sizing: border-box; width: 100%; font: inherit; padding: .6rem .75rem; border: 1px solid #5b6f78; border-radius: 8px; background: #fff; color: inherit; }
    input:focus-visible, a:focus-visible { outline: 3px solid #b97a10; outline-offset: 2px; }
    ul { list-style: none; margin: .6rem 0 0; padding: 0; }
    li { border: 1px solid #c9d5d9; border-radius: 8px; padding: .6rem .8rem; margin-bottom: .5rem; background: #fff; }
    a { color: #0b5c6b; font-weight: 600; } p { margin: .2rem 0 0; } .status { color: #4a5d66; font-size: .9rem; }
    mark { background: #ffe9b8; color: inherit; }
  </style><label for="q"></label><input id="q" type="search" autocomplete="off" maxlength="300"><p class="status" role="status"></p><ul></ul><p><a class="home"></a></p>`;
  const find = (selector) => root.querySelector(selector);
  const input = find("input");
  find("label").textContent = words.label;
  find(".home").textContent = words.more;
  const page = (path, query) => { const url = new URL(path, home); Object.entries(query).forEach(([k, v]) => v && url.searchParams.set(k, v)); if (english) url.searchParams.set("lang", "en"); return url.href; };
  find(".home").href = page("/", {});
  /* The snippet holds text and <mark> only; it is rebuilt node by node, so nothing else can come in. */
  const marked = (snippet) => {
    const paragraph = document.createElement("p");
    const parsed = new DOMParser().parseFromString(snippet, "text/html").body;
    parsed.childNodes.forEach((node) => {
      const piece = node.nodeName === "MARK" ? document.createElement("mark") : document.createTextNode("");
      piece.textContent = node.textContent;
      paragraph.append(piece);
    });
    return paragraph;
  };
  let timer, asked = 0;
  const search = async () => {
    const query = input.value.trim(), number = ++asked;
    find(".home").href = page("/", { q: query });
    if (query.length < 2) { find("ul").replaceChildren(); find(".status").textContent = ""; return; }
    try {
      const answer = await fetch(page("/api/v1/search", { q: query, limit: "5" }));
      if (!answer.ok) throw new Error(String(answer.status));
      const { results } = await answer.json();
      if (number !== asked) return;
      find(".status").textContent = results.length ? words.found(results.length) : words.none;
      find("ul").replaceChildren(...results.map((hit) => {
        const item = document.createElement("li"), link = document.createElement("a");
        link.href = page("/artikel", { slug: hit.slug });
        link.textContent = hit.title;
        item.append(link, marked(hit.snippet));
        return item;
      }));
    } catch {
      if (number === asked) find(".status").textContent = words.failed;
    }
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 250); });
  script.after(host);
})();
