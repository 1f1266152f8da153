// The page's own behaviour: language, citations, the Enter key. Gradio does the rest.
(() => {
  const TEXTS = window.HUWEN_TEXTS;
  const root = document.documentElement;
  const $ = (selector) => document.querySelector(selector);

  // --- language: both are in the page, style.css hides one; attributes are set here

  const LABELS = [
    ["#ask textarea", "placeholder", "ask"],
    ["#ask textarea", "aria-label", "ask"],
    ["#ask textarea", "title", "keys"],
    ["button#send, #send button", "aria-label", "send"],
    ["button#send, #send button", "title", "send"],
    ["button#stop, #stop button", "aria-label", "stop"],
    ["button#stop, #stop button", "title", "stop"],
    ["#masthead .new-chat", "aria-label", "new chat"],
    ["#masthead .new-chat", "title", "new chat"],
    ["#masthead .languages", "aria-label", "language"],
    ["#chat [role=log]", "aria-label", "conversation"],
    ["#chat .scroll-down-button-container button", "aria-label", "to bottom"],
    ["#chat .scroll-down-button-container button", "title", "to bottom"],
    ["#beside", "aria-label", "evidence"],
  ];

  function set(element, attribute, value) {
    if (element.getAttribute(attribute) !== value) element.setAttribute(attribute, value);
  }

  function relabel() {
    const language = root.dataset.ui;
    for (const [selector, attribute, key] of LABELS)
      document.querySelectorAll(selector).forEach((element) => set(element, attribute, TEXTS[key][language]));
    document.querySelectorAll("button[data-ui]").forEach((button) =>
      set(button, "aria-pressed", String(button.dataset.ui === language)));
    const beside = $("#beside");
    if (beside) set(beside, "role", "complementary");
    // gradio labels a message with its Markdown source, which a screen reader would read out instead of the message
    document.querySelectorAll("#chat [data-testid][aria-label]").forEach((message) => message.removeAttribute("aria-label"));
    // a marked figure says in the page's language what is written of it under the answer
    document.querySelectorAll('#chat a[href^="#figure-"]').forEach((figure) => {
      const line = document.getElementById(figure.getAttribute("href").slice(1));
      if (line) set(figure, "title", line.querySelector("b ~ span").innerText.trim());
    });
  }

  const isNarrow = () => matchMedia("(max-width: 900px)").matches;
  let asked = 0;
  let isReady = false;
  const folds = new Map(); // what a reader opened or closed; gradio draws the thoughts anew with every word

  function settle() {
    const desk = $("#desk");
    if (desk) root.style.setProperty("--above", `${desk.offsetTop}px`);
    const questions = document.querySelectorAll("#chat .user-row");
    if (questions.length > asked && isNarrow()) glide(questions[questions.length - 1], "start"); // gradio scrolls only its own box
    asked = questions.length;
    folds.forEach((isOpen, id) => {
      const fold = document.getElementById(id);
      if (fold && fold.open !== isOpen) fold.open = isOpen;
    });
    const input = $("#ask textarea");
    if (input && !isReady) {
      isReady = true;
      if (!isNarrow()) input.focus({ preventScroll: true });
    }
  }

  function speak(language) {
    root.dataset.ui = language;
    root.lang = language === "zh" ? "zh-CN" : "en";
    try { localStorage.setItem("huwen-language", language); } catch { /* private window: the choice lasts as long as the page */ }
    relabel();
  }

  function preferred() {
    try {
      const kept = localStorage.getItem("huwen-language");
      if (kept === "zh" || kept === "en") return kept;
    } catch { /* as above */ }
    return (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
  }

  root.dataset.ui = preferred();
  root.lang = root.dataset.ui === "zh" ? "zh-CN" : "en";

  // --- evidence

  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const glide = (element, block) => element.scrollIntoView({ block, inline: "nearest", behavior: calm() ? "auto" : "smooth" });

  function show(turn) {
    const panel = document.getElementById(`evidence-${turn}`);
    document.querySelectorAll("#evidence .turn").forEach((other) => { other.hidden = other !== panel; });
    return panel;
  }

  function openCard(turn, number, marker) {
    show(turn);
    const card = document.getElementById(`cite-${turn}-${number}`);
    if (!card) return;
    document.querySelectorAll("#evidence .lit, #chat .lit").forEach((other) => other.classList.remove("lit"));
    card.classList.add("lit");
    marker.classList.add("lit");
    for (let fold = card; fold; fold = fold.parentElement.closest("details")) fold.open = true;
    card.querySelector("summary").focus({ preventScroll: true });
    const mark = card.querySelector("mark");
    const isFar = mark && mark.getBoundingClientRect().bottom - card.getBoundingClientRect().top > innerHeight * 0.7;
    glide(isFar ? mark : card, isFar ? "center" : isNarrow() ? "start" : "nearest");
  }

  function openPanel(turn) {
    const panel = show(turn);
    if (!panel) return;
    panel.focus({ preventScroll: true });
    glide(panel, "start");
  }

  function openFigure(id, figure) {
    const line = document.getElementById(id);
    if (!line) return;
    document.querySelectorAll("#evidence .lit, #chat .lit").forEach((other) => other.classList.remove("lit"));
    line.classList.add("lit");
    figure.classList.add("lit");
    line.focus({ preventScroll: true });
    glide(line, "nearest");
  }

  function backToAnswer(turn) {
    const marker = $(`#chat a[href^="#cite-${turn}-"]`) || $(`#chat a[href="#evidence-${turn}"]`);
    if (!marker) return;
    marker.focus({ preventScroll: true });
    glide(marker, "center");
  }

  const LINKS = [
    [/^#cite-(\d+)-(\d+)$/, (match, marker) => openCard(match[1], match[2], marker)],
    [/^#(figure-\d+-\d+-[a-z]+)$/, (match, figure) => openFigure(match[1], figure)],
    [/^#evidence-(\d+)$/, (match) => openPanel(match[1])],
    [/^#answer-(\d+)$/, (match) => backToAnswer(match[1])],
    [/^#ask-\d+$/, (match, link) => ask(link.textContent)],
  ];

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const link = target && target.closest('a[href^="#"]');
    for (const [pattern, follow] of link ? LINKS : []) {
      const match = pattern.exec(link.getAttribute("href"));
      if (match) {
        event.preventDefault();
        event.stopPropagation();
        follow(match, link);
        return;
      }
    }
    const fold = target && target.closest("#chat .thoughts > summary")?.parentElement;
    if (fold) folds.set(fold.id, !fold.open); // it is still as it was before the click
    const button = target && target.closest("button");
    if (button && button.dataset.ui) speak(button.dataset.ui);
    if (button && button.classList.contains("new-chat")) location.reload();
  }, true);

  // what a marker rests on, before it is clicked
  document.addEventListener("mouseover", (event) => {
    const chip = event.target instanceof Element && event.target.closest('#chat a[href^="#cite-"]');
    const card = chip && document.getElementById(chip.getAttribute("href").slice(1));
    if (!card) return;
    const quotes = [...card.querySelectorAll("mark")].map((mark) => mark.textContent);
    set(chip, "title", [card.querySelector(".title").textContent, ...quotes].join("\n"));
  });

  // --- asking

  function sendButton() {
    return $("button#send, #send button");
  }

  let isAsking = false; // until gradio shows that it has taken a question, a second click would ask it again

  function ask(question) {
    const input = $("#ask textarea");
    if (!input || !sendButton() || isAsking) return;
    isAsking = true;
    setTimeout(() => { isAsking = false; }, 1000);
    if (!isNarrow()) input.focus({ preventScroll: true }); // the link that was chosen goes away
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(input, question);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => sendButton()?.click(), 50); // gradio takes the value over in its next tick
  }

  // Enter sends, unless it confirms what an input method has composed (Safari tells by the key code alone)
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.target instanceof Element) || !event.target.closest("#ask")) return;
    event.stopImmediatePropagation();
    if (event.isComposing || event.keyCode === 229 || event.shiftKey) return;
    event.preventDefault();
    if (event.target.value.trim() && !event.repeat) sendButton()?.click();
  }, true);

  document.addEventListener("keypress", (event) => {
    if (event.key === "Enter" && event.target instanceof Element && event.target.closest("#ask")) event.stopImmediatePropagation();
  }, true);

  let isSeen = false;
  new MutationObserver(() => {
    if (isSeen) return;
    isSeen = true;
    requestAnimationFrame(() => { isSeen = false; relabel(); settle(); });
  }).observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["placeholder", "aria-label", "title"] });
})();
