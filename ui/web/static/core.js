// What every part of the page shares: its two languages, its views, its links, and the ways to the server.
const huwen = (() => {
  const root = document.documentElement;
  const $ = (selector) => document.querySelector(selector);
  const $$ = (selector) => [...document.querySelectorAll(selector)];
  const text = (key) => TEXTS[key][root.dataset.ui];

  function kept(name) {
    try { return localStorage.getItem(name); } catch { return null; /* a private window: choices last as long as the page */ }
  }

  function keep(name, value) {
    try { localStorage.setItem(name, value); } catch { /* as above */ }
  }

  function set(element, attribute, value) {
    if (element.getAttribute(attribute) !== value) element.setAttribute(attribute, value);
  }

  // --- language: both are in the page, base.css hides one; attributes are set here

  const labels = [ // [selector, attribute, key of TEXTS]
    ["button.shade", "aria-label", "shade"],
    ["button.shade", "title", "shade"],
    [".masthead .languages", "aria-label", "language"],
    [".masthead nav", "aria-label", "views"],
  ];
  const settling = []; // what looks after its part whenever the page has changed

  function relabel() {
    for (const [selector, attribute, key] of labels)
      $$(selector).forEach((element) => set(element, attribute, text(key)));
    $$("button[data-ui]").forEach((button) => set(button, "aria-pressed", String(button.dataset.ui === root.dataset.ui)));
  }

  function speak(language) {
    root.dataset.ui = language;
    root.lang = language === "zh" ? "zh-CN" : "en";
    relabel();
    document.dispatchEvent(new Event("huwen:language"));
  }

  const chosen = kept("huwen-language");
  const isChosen = chosen === "zh" || chosen === "en";
  root.dataset.ui = isChosen ? chosen : (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
  root.lang = root.dataset.ui === "zh" ? "zh-CN" : "en";

  // --- light and dark: that of the machine until one is chosen

  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (kept("huwen-shade") || (prefersDark.matches ? "dark" : "light")) === "dark";

  function shade() {
    root.classList.toggle("shaded", isDark());
    if (document.body && document.body.classList.contains("dark") !== isDark()) document.body.classList.toggle("dark", isDark());
    $$("button.shade").forEach((button) => set(button, "aria-pressed", String(isDark())));
  }

  prefersDark.addEventListener("change", shade);
  shade(); // before anything is drawn

  // --- views: chat, library and the others stand in the page, one is shown

  const views = () => $$(".masthead nav a").map((link) => link.hash.slice("#view-".length));

  function view(name) {
    const known = views().includes(name) ? name : "chat";
    if (root.dataset.view === known) return;
    root.dataset.view = known;
    history.replaceState(null, "", location.pathname + location.search + (known === "chat" ? "" : `#${known}`));
    showView();
    document.dispatchEvent(new CustomEvent("huwen:view", { detail: known }));
  }

  function showView() {
    if (views().length && !views().includes(root.dataset.view)) root.dataset.view = "chat"; // an address of something else
    $$(".masthead nav a").forEach((link) => {
      if (link.hash === `#view-${root.dataset.view}`) set(link, "aria-current", "page");
      else link.removeAttribute("aria-current");
    });
  }

  root.dataset.view = location.hash.slice(1) || "chat";

  // --- links of the page's own: [pattern of the address, what following it does]

  const links = [
    [/^#view-([a-z]+)$/, (match) => view(match[1])],
  ];

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const link = target && target.closest('a[href^="#"]');
    // what a model or a document wrote leads to its evidence at most: it cannot press the page's own keys
    const isTold = link && link.closest(".reply, .words, .aloud, .passage, article") && !/^#(cite|figure)-/.test(link.getAttribute("href"));
    if (isTold) event.preventDefault();
    for (const [pattern, follow] of link && !isTold ? links : []) {
      const match = pattern.exec(link.getAttribute("href"));
      if (match) {
        event.preventDefault();
        event.stopPropagation();
        follow(match, link);
        return;
      }
    }
    const button = target && target.closest("button");
    if (button && button.dataset.ui) {
      keep("huwen-language", button.dataset.ui);
      speak(button.dataset.ui);
    }
    if (button && button.classList.contains("shade")) {
      keep("huwen-shade", isDark() ? "light" : "dark");
      shade();
    }
  }, true);

  // links that act rather than lead are keys to those who hear the page, and the space bar presses them

  settling.push(() => {
    $$("a.act, .followups a, .suggestions a, .tools a, #scope-line a, #editing a").forEach((key) => set(key, "role", "button"));
    $$("#chat .sign").forEach((sign) => set(sign, "aria-hidden", "true")); // the words beside it say it; gradio drops the attribute
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || !(event.target instanceof Element) || !event.target.matches('a[role="button"]')) return;
    event.preventDefault();
    event.target.click();
  });

  // --- the server: HTML to show, things to do; and gradio's inputs, which a script cannot fill directly

  class Refused extends Error {}

  async function call(path, options = {}) {
    const headers = { "Content-Type": "application/json", "Accept-Language": root.dataset.ui }; // errors come in it
    const response = await fetch(path, { headers, ...options });
    if (!response.ok) throw new Refused(await response.text() || `${response.status}`);
    return response;
  }

  const html = async (path) => (await call(path)).text();
  const send = (method, path, body) => call(path, { method, body: JSON.stringify(body || {}) });

  function fill(id, value) {
    const input = $(`#${id} textarea, #${id} input`);
    const kind = input instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(input, value);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function press(id) {
    const button = $(`button#${id}, #${id} button`);
    setTimeout(() => button?.click(), 50); // gradio takes filled values over in its next tick
  }

  // --- a word from the page: said aloud to those who do not see it, and shown for a moment

  function say(words, isBad = false) {
    const place = $("#said");
    if (!place) return;
    place.textContent = words;
    place.className = isBad ? "shown bad" : "shown";
    clearTimeout(say.timer);
    say.timer = setTimeout(() => { place.className = ""; }, isBad ? 8000 : 2500);
  }

  // a word to those only who do not see the page
  function hear(words) {
    const place = $("#heard");
    if (place) place.textContent = words;
  }

  const failed = (error) => say(error instanceof Refused ? error.message : text("unreachable"), true);

  async function copy(words) {
    try {
      await navigator.clipboard.writeText(words);
    } catch { // not allowed here: the old way
      const area = Object.assign(document.createElement("textarea"), { value: words });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    say(text("copied"));
  }

  // --- dialogs: one at a time, made of HTML that the server or the page itself has escaped

  function dialog(content, name = "") {
    const box = document.createElement("dialog");
    box.className = `huwen-dialog ${name}`;
    box.innerHTML = content;
    box.addEventListener("close", () => box.remove());
    box.addEventListener("click", (event) => { if (event.target === box || event.target.closest("[data-close]")) box.close(); });
    const title = box.querySelector("h2");
    if (title) {
      title.id ||= "dialog-title";
      box.setAttribute("aria-labelledby", title.id);
    }
    document.body.append(box);
    relabel();
    box.showModal();
    return box;
  }

  const escaped = (words) => Object.assign(document.createElement("span"), { textContent: words }).innerHTML;

  // a text with values in it, in both languages, as HTML
  const both = (key, values = {}) => ["zh", "en"].map((language) => `<span class="say-${language}" lang="${language}">`
    + `${escaped(TEXTS[key][language].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? ""))}</span>`).join("");

  // why a change failed, as HTML: in both languages, where there are two sentences; without the name that stands before it
  function why(told, name = "") {
    const cut = (words) => [`${name}: `, `${name}：`].reduce((left, head) => (name && left.startsWith(head) ? left.slice(head.length) : left), words);
    if (!told.why_zh) return `<span lang="en">${escaped(cut(told.why))}</span>`;
    return `<span class="say-zh" lang="zh">${escaped(cut(told.why_zh))}</span><span class="say-en" lang="en">${escaped(cut(told.why))}</span>`;
  }

  // steps of a change come as lines of JSON; the function is given all that has come so far
  function lines(tell) {
    let heard = 0;
    return (all) => {
      for (let end = all.indexOf("\n", heard); end >= 0; end = all.indexOf("\n", heard)) {
        tell(JSON.parse(all.slice(heard, end)));
        heard = end + 1;
      }
    };
  }

  async function steps(response, tell) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const hear = lines(tell);
    for (let all = "", piece = await reader.read(); !piece.done; piece = await reader.read()) hear(all += piece.value);
  }

  // a question to the reader: resolves to the form's entries, or to null
  function wonder(title, fields, verb) {
    const box = dialog(`<form method="dialog"><h2>${escaped(title)}</h2>${fields}<p class="buttons">`
      + `<button type="button" data-close>${escaped(text("cancel"))}</button><button class="main">${escaped(verb)}</button></p></form>`, "wonder");
    return new Promise((resolve) => {
      let told = null;
      box.querySelector("form").addEventListener("submit", (event) => { told = new FormData(event.target); });
      box.addEventListener("close", () => resolve(told));
    });
  }

  // --- settling: gradio draws when it likes, and the page's parts look after themselves afterwards

  let isSeen = false;
  new MutationObserver(() => {
    if (isSeen) return;
    isSeen = true;
    requestAnimationFrame(() => {
      isSeen = false;
      shade();
      showView();
      relabel();
      settling.forEach((look) => look());
    });
  }).observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["placeholder", "aria-label", "title", "data-drawer"] });

  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  return {
    root, $, $$, text, kept, keep, set, labels, relabel, settling, links, view, html, send, fill, press, say, hear, failed, copy, dialog, wonder, escaped, both, why, lines, steps,
    isNarrow: () => matchMedia("(max-width: 900px)").matches,
    glide: (element, block) => element.scrollIntoView({ block, inline: "nearest", behavior: calm() ? "auto" : "smooth" }),
  };
})();
