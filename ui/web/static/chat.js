// The conversation: asking, stopping, editing, asking again, copying and judging.
(() => {
  const { $, $$, text, set, fill, press, say, isNarrow, glide } = huwen;

  huwen.labels.push(
    ["#ask textarea", "placeholder", "ask"],
    ["#ask textarea", "aria-label", "ask"],
    ["#ask textarea", "title", "keys"],
    ["button#send, #send button", "aria-label", "send"],
    ["button#send, #send button", "title", "send"],
    ["button#stop, #stop button", "aria-label", "stop"],
    ["button#stop, #stop button", "title", "stop"],
    ["#chat [role=log]", "aria-label", "conversation"],
    ["#chat .scroll-down-button-container button", "aria-label", "to bottom"],
    ["#chat .scroll-down-button-container button", "title", "to bottom"],
    ['#chat a[href^="#edit-"]', "title", "edit"],
    ['#chat a[href^="#edit-"]', "aria-label", "edit"],
    ['#chat a[href^="#copy-"]', "title", "copy"],
    ['#chat a[href^="#copy-"]', "aria-label", "copy"],
    ['#chat a[href^="#again-"]', "title", "again"],
    ['#chat a[href^="#again-"]', "aria-label", "again"],
    ['#chat a[href^="#up-"]', "title", "helpful"],
    ['#chat a[href^="#up-"]', "aria-label", "helpful"],
    ['#chat a[href^="#down-"]', "title", "not helpful"],
    ['#chat a[href^="#down-"]', "aria-label", "not helpful"],
  );

  const isBusy = () => !!$("#chat .status.at-work");
  const input = () => $("#ask textarea");

  let asked = 0;
  let isReady = false;
  const folds = new Map(); // what a reader opened or closed; gradio draws the thoughts anew with every word

  huwen.settling.push(() => {
    const desk = $("#desk");
    if (desk) huwen.root.style.setProperty("--above", `${desk.offsetTop}px`);
    const questions = $$("#chat .user-row");
    if (questions.length > asked && isNarrow()) glide(questions[questions.length - 1], "start"); // gradio scrolls only its own box
    asked = questions.length;
    folds.forEach((isOpen, id) => {
      const fold = document.getElementById(id);
      if (fold && fold.open !== isOpen) fold.open = isOpen;
    });
    // gradio labels a message with its Markdown source, which a screen reader would read out instead of the message
    $$("#chat [data-testid][aria-label]").forEach((message) => message.removeAttribute("aria-label"));
    const log = $("#chat [role=log]");
    if (log) {
      set(log, "aria-busy", String(isBusy()));
      set(log, "aria-live", "off"); // what becomes of an answer is told below, not each of its words
    }
    $$("#chat .asked .words").forEach((question) => { // a way from question to question
      set(question, "role", "heading");
      set(question, "aria-level", "2");
    });
    $$("#chat .actions").forEach((row) => ["up", "down"].forEach((thumb) => {
      const key = row.querySelector(`a.${thumb}`);
      if (key) set(key, "aria-pressed", String(row.classList.contains(thumb)));
    }));
    if (input() && !isReady) {
      isReady = true;
      if (!isNarrow()) input().focus({ preventScroll: true });
    }
  });

  // told aloud: that an answer has begun, and what has become of it
  let wasBusy = false;
  huwen.settling.push(() => {
    const status = $$("#chat .status").at(-1);
    if (!status || isBusy() === wasBusy) return;
    wasBusy = isBusy();
    const parts = wasBusy ? [status] : [".verdict", 'a[href^="#evidence-"]', ".confidence .level"].map((part) => status.parentElement.querySelector(part));
    const words = parts.filter(Boolean).map((part) => part.innerText.replace(/[^\p{L}\p{N}\p{P}\s]/gu, "").trim());
    huwen.hear(words.join("; "));
  });

  // questions to begin with, of what the library holds now
  let starters = "";
  huwen.settling.push(async () => {
    const place = $("#chat .starters");
    if (!place || place.dataset.filled) return;
    place.dataset.filled = "yes";
    try {
      starters ||= await huwen.html("page/starters");
      place.innerHTML = starters;
    } catch { /* none then: the line to ask in is there */ }
  });
  document.addEventListener("huwen:library", () => { starters = ""; }); // it holds something else now

  document.addEventListener("click", (event) => {
    const fold = event.target instanceof Element && event.target.closest("#chat .thoughts > summary")?.parentElement;
    if (fold) folds.set(fold.id, !fold.open); // it is still as it was before the click
  }, true);

  // --- asking

  let isAsking = false; // until gradio shows that it has taken a question, a second click would ask it again

  function once(act) {
    if (isAsking || isBusy()) return;
    isAsking = true;
    setTimeout(() => { isAsking = false; }, 1000);
    act();
  }

  const ask = (question) => once(() => {
    huwen.view("chat");
    if (!isNarrow()) input().focus({ preventScroll: true }); // the link that was chosen goes away
    fill("ask", question);
    press("send");
  });

  // Enter sends, unless it confirms what an input method has composed (Safari tells by the key code alone)
  document.addEventListener("keydown", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("#ask")) return;
    if (event.key === "Escape" && editing) leave();
    if (event.key !== "Enter") return;
    event.stopImmediatePropagation();
    if (event.isComposing || event.keyCode === 229 || event.shiftKey) return;
    event.preventDefault();
    if (event.target.value.trim() && !event.repeat && !isBusy()) press("send");
  }, true);

  document.addEventListener("keypress", (event) => {
    if (event.key === "Enter" && event.target instanceof Element && event.target.closest("#ask")) event.stopImmediatePropagation();
  }, true);

  // --- editing a question: it comes back into the line, and what is sent replaces it and all that followed

  let editing = 0;

  function edit(turn, link) {
    if (isBusy()) return;
    editing = Number(turn);
    fill("order", JSON.stringify({ cut: editing - 1 }));
    fill("ask", link.closest(".asked").querySelector(".words").innerText);
    $("#composer").classList.add("editing");
    const note = $("#editing");
    note.hidden = false;
    input().focus();
  }

  function leave() {
    editing = 0;
    fill("order", "");
    fill("ask", "");
    over();
  }

  function over() {
    editing = 0;
    $("#composer")?.classList.remove("editing");
    const note = $("#editing");
    if (note) note.hidden = true;
  }

  huwen.settling.push(() => { if (editing && isBusy()) over(); });

  const again = (turn) => once(() => {
    fill("order", JSON.stringify({ again: Number(turn) }));
    press("send");
  });

  // --- what a reader thinks of an answer

  const talk = () => $("#evidence .evidence")?.dataset.talk;
  const judge = (turn, thumb, reason) => huwen.send("POST", `page/conversations/${talk()}/judgements`, { turn: Number(turn), thumb, reason });

  async function judged(turn, thumb, link) {
    const row = link.closest(".actions");
    const now = row.classList.contains(thumb) ? "" : thumb; // once more takes it back
    try {
      await judge(turn, now, "");
      show(row, now);
      if (!now) return;
      const why = await huwen.wonder(text(`${now} title`), reasons(now), text("give"));
      if (!why) return say(text("noted"));
      await judge(turn, now, [...why.getAll("because"), why.get("words").trim()].filter(Boolean).join(" · "));
      say(text("noted"));
    } catch (error) { huwen.failed(error); }
  }

  function show(row, thumb) {
    thumbs.set(row.id, thumb);
    row.classList.remove("up", "down", "none");
    row.classList.add(thumb || "none");
  }

  const thumbs = new Map(); // gradio draws a message anew from what the server held when it was last sent
  document.addEventListener("huwen:talk", () => thumbs.clear()); // another conversation comes, with what was kept of it
  huwen.settling.push(() => {
    // an answer that is given again is another one; the server keeps the judgements of those before it, and sends them with the page
    if (isBusy()) thumbs.delete(`actions-${$$("#chat .user-row").length}`);
    thumbs.forEach((thumb, id) => {
      const row = document.getElementById(id);
      if (row && !row.classList.contains(thumb || "none")) show(row, thumb);
    });
  });

  function reasons(thumb) {
    const listed = thumb === "down" ? ["wrong", "unsupported", "incomplete", "not understood", "slow"] : ["exact", "well sourced", "clear"];
    return listed.map((key) => `<label><input type="checkbox" name="because" value="${huwen.escaped(text(key))}"> ${huwen.escaped(text(key))}</label>`).join("")
      + `<label class="free"><span>${huwen.escaped(text("in your words"))}</span><textarea name="words" rows="2" maxlength="1000"></textarea></label>`;
  }

  function copyAnswer(link) {
    const row = link.closest(".bot-row");
    const texts = [];
    for (let each = row; each && each.classList.contains("bot-row"); each = each.previousElementSibling)
      each.querySelectorAll(".reply").forEach((reply) => texts.unshift(reply.innerText.trim()));
    huwen.copy(texts.join("\n\n"));
  }

  huwen.links.push(
    [/^#ask-\d+$/, (match, link) => ask(link.textContent)],
    [/^#edit-(\d+)$/, (match, link) => edit(match[1], link)],
    [/^#leave$/, () => leave()],
    [/^#ask$/, () => { huwen.view("chat"); input().focus(); }],
    [/^#again-(\d+)$/, (match) => again(match[1])],
    [/^#copy-\d+$/, (match, link) => copyAnswer(link)],
    [/^#(up|down)-(\d+)$/, (match, link) => judged(match[2], match[1], link)],
  );
})();
