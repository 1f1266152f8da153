// The passages beside the conversation: shown by their markers, read on in their document, copied as references.
(() => {
  const { $, $$, set, text, isNarrow, glide } = huwen;

  huwen.labels.push(
    ["#beside", "aria-label", "evidence"],
    ["#beside .sheet-close", "aria-label", "close"],
    ["#beside .sheet-close", "title", "close"],
    [".reader [data-close]", "aria-label", "close"],
  );

  huwen.settling.push(() => {
    const beside = $("#beside");
    if (beside) set(beside, "role", "complementary");
    $$('#chat a[href^="#cite-"]').forEach((chip) => set(chip, "aria-label", `${text("marker")} ${chip.textContent}`));
    // a marked figure says in the page's language what is written of it under the answer
    $$('#chat a[href^="#figure-"]').forEach((figure) => {
      const line = document.getElementById(figure.getAttribute("href").slice(1));
      if (line) set(figure, "title", line.querySelector("b ~ span").innerText.trim());
    });
  });

  // --- on a phone the evidence comes up from below

  const sheet = (isOpen) => { huwen.root.dataset.sheet = isOpen ? "open" : ""; };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (huwen.root.dataset.sheet !== "open" || !target) return;
    if (target.closest(".sheet-close")) goBack();
    else if (!target.closest("#beside, dialog, #hover, a[href^='#']")) sheet(false);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || $("dialog[open]")) return;
    leaveHover();
    if (document.activeElement.closest("#beside")) goBack();
    else sheet(false);
  });

  let came = null; // the link from which the reader came to the evidence

  function goBack() {
    sheet(false);
    const again = came && (came.isConnected ? came : $(`#chat a[href="${came.getAttribute("href")}"]`));
    again?.focus();
  }

  // --- cards

  function show(turn) {
    const panel = document.getElementById(`evidence-${turn}`);
    $$("#evidence .turn").forEach((other) => { other.hidden = other !== panel; });
    return panel;
  }

  function light(...elements) {
    $$("#evidence .lit, #chat .lit").forEach((other) => other.classList.remove("lit"));
    elements.forEach((element) => element.classList.add("lit"));
  }

  function openCard(turn, number, marker) {
    show(turn);
    const card = document.getElementById(`cite-${turn}-${number}`);
    if (!card) return;
    leaveHover();
    if (marker.closest("#chat")) came = marker;
    if (isNarrow()) sheet(true);
    light(card, marker);
    for (let fold = card; fold; fold = fold.parentElement.closest("details")) fold.open = true;
    card.querySelector("summary").focus({ preventScroll: true });
    bring(card);
    neighbours(card).then(() => bring(card));
  }

  function bring(card) {
    huwen.revealMarks(card);
    const mark = card.querySelector(".passage mark:not(.told)") || card.querySelector(".passage mark");
    const isFar = mark && mark.getBoundingClientRect().bottom - card.getBoundingClientRect().top > innerHeight * 0.5;
    glide(isFar ? mark : card, isFar ? "center" : isNarrow() ? "start" : "nearest");
  }

  // what stands before and after a passage in its document, read when the passage is opened
  async function neighbours(card) {
    const passage = card.querySelector(".passage");
    if (!passage || passage.dataset.read) return;
    passage.dataset.read = "yes";
    try {
      const around = document.createElement("template");
      around.innerHTML = await huwen.html(`page/sources/${encodeURIComponent(passage.dataset.source)}/around?start=${passage.dataset.start}&end=${passage.dataset.end}`);
      const before = around.content.querySelector(".before");
      const after = around.content.querySelector(".after");
      if (before) passage.before(before);
      if (after) passage.after(after);
    } catch { /* the document has gone since: the passage stands as it was */ }
  }

  function openPanel(turn, link) {
    const panel = show(turn);
    if (!panel) return;
    came = link;
    if (isNarrow()) sheet(true);
    panel.focus({ preventScroll: true });
    glide(panel, "start");
  }

  // a click on an answer brings back its evidence, where there is room beside it
  document.addEventListener("click", (event) => {
    const row = event.target instanceof Element && event.target.closest("#chat .bot-row");
    if (!row || isNarrow() || event.target.closest("a, button, summary")) return;
    const turn = $$("#chat .user-row").filter((asked) => asked.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING).length;
    if (document.getElementById(`evidence-${turn}`)) show(turn);
  });

  function openFigure(id, figure) {
    const line = document.getElementById(id);
    if (!line) return;
    light(line, figure);
    line.focus({ preventScroll: true });
    glide(line, "nearest");
  }

  function backToAnswer(turn) {
    sheet(false);
    const marker = $(`#chat a[href^="#cite-${turn}-"]`) || $(`#chat a[href="#evidence-${turn}"]`);
    if (!marker) return;
    marker.focus({ preventScroll: true });
    glide(marker, "center");
  }

  // --- the whole document, at the passage

  function openDocument(card) {
    const { source, start, end, quotes } = card.querySelector(".passage").dataset;
    const spans = (quotes || "").split(" ").filter(Boolean).slice(0, 8);
    return huwen.openDocument(source, new URLSearchParams([["start", start], ["end", end], ...spans.map((span) => ["quote", span])]));
  }

  async function counterpart(card, link) {
    const shown = card.querySelector(".counterpart");
    if (shown) return shown.remove();
    try {
      const place = document.createElement("div");
      place.className = "counterpart";
      place.innerHTML = await huwen.html(`page/passages/${encodeURIComponent(link.dataset.passage)}/counterpart`);
      card.append(place);
      glide(place, "nearest");
    } catch (error) { huwen.failed(error); }
  }

  const cardOf = (link) => link.closest(".card");

  function copyReferences(turn, style) {
    const list = $(`#evidence-${turn} .references .${style}`);
    if (list) huwen.copy([...list.children].map((entry) => entry.innerText.trim()).join("\n"));
  }

  huwen.links.push(
    [/^#cite-(\d+)-(\d+)$/, (match, marker) => openCard(match[1], match[2], marker)],
    [/^#(figure-\d+-\d+-[a-z]+)$/, (match, figure) => openFigure(match[1], figure)],
    [/^#evidence-(\d+)$/, (match, link) => openPanel(match[1], link)],
    [/^#answer-(\d+)$/, (match) => backToAnswer(match[1])],
    [/^#document$/, (match, link) => openDocument(cardOf(link))],
    [/^#counterpart$/, (match, link) => counterpart(cardOf(link), link)],
    [/^#references-(\d+)-([a-z0-9]+)$/, (match) => copyReferences(match[1], match[2])],
  );

  document.addEventListener("toggle", (event) => {
    if (!(event.target instanceof Element && event.target.matches("#evidence .card") && event.target.open)) return;
    huwen.revealMarks(event.target);
    if (event.target.classList.contains("lit")) neighbours(event.target);
  }, true);

  // --- what a marker rests on, before it is clicked

  let hovered = null;
  let hoveredAt = 0;

  function hover(chip) {
    const card = document.getElementById(chip.getAttribute("href").slice(1));
    if (!card || hovered === chip || isNarrow()) return;
    leaveHover();
    hovered = chip;
    const box = document.createElement("div");
    box.id = "hover";
    box.setAttribute("role", "tooltip");
    const add = (name, content, language) => {
      if (!content) return;
      const line = Object.assign(document.createElement("p"), { className: name, textContent: content });
      if (language) line.lang = language;
      box.append(line);
    };
    const language = card.querySelector(".passage").lang;
    add("title", card.querySelector(".title").textContent, language);
    add("where", card.querySelector(".where").innerText || [...card.querySelectorAll(".where > span, .where")].map((e) => e.textContent)[0], language);
    const quotes = [...card.querySelectorAll(".passage mark:not(.told)")].map((mark) => mark.textContent);
    add("quote", quotes.join(" … ") || card.querySelector(".passage").textContent.slice(0, 160), language);
    const state = card.querySelector(".state");
    if (state) box.append(Object.assign(state.cloneNode(true)));
    document.body.append(box);
    const at = chip.getBoundingClientRect();
    hoveredAt = at.top;
    const width = Math.min(420, innerWidth - 24);
    box.style.width = `${width}px`;
    box.style.left = `${Math.max(12, Math.min(at.left, innerWidth - width - 12))}px`;
    const height = box.offsetHeight;
    box.style.top = `${at.bottom + 8 + height < innerHeight ? at.bottom + 8 : Math.max(8, at.top - height - 8)}px`;
    chip.setAttribute("aria-describedby", "hover");
  }

  function leaveHover() {
    hovered?.removeAttribute("aria-describedby");
    hovered = null;
    $("#hover")?.remove();
  }

  const chipAt = (event) => event.target instanceof Element ? event.target.closest('#chat a[href^="#cite-"]') : null;
  for (const name of ["mouseover", "focusin"])
    document.addEventListener(name, (event) => {
      const chip = chipAt(event);
      if (chip) hover(chip);
      else if (!(event.target instanceof Element && event.target.closest("#hover"))) leaveHover();
    });
  document.addEventListener("scroll", () => {
    if (hovered && Math.abs(hovered.getBoundingClientRect().top - hoveredAt) > 4) leaveHover();
  }, true);
})();
