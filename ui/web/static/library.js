// The library: files are sent one after the other and tell how far they are; its list, a retrieval test, and its upkeep.
(() => {
  const { $, $$, text, escaped } = huwen;
  const PATH = "page/library";

  huwen.labels.push(
    ["#library .parts", "aria-label", "library parts"],
    ["#library-find", "placeholder", "find holding"],
    ["#library-find", "aria-label", "find holding"],
    ["#library-language", "aria-label", "language of documents"],
    ["#library-tag", "aria-label", "tag of documents"],
    ["#library-order", "aria-label", "order of documents"],
    ["#library-question", "placeholder", "question to look for"],
    ["#library-question", "aria-label", "question to look for"],
    ["#library-list .tagging input", "aria-label", "tags with commas"],
    ["#library-list .tagging input", "placeholder", "tags with commas"],
  );

  const { both, why } = huwen;

  function options() { // an option holds no elements: its language is set here
    $$("#library option[data-text]").forEach((option) => {
      const words = text(option.dataset.text);
      if (option.textContent !== words) option.textContent = words;
    });
  }

  document.addEventListener("huwen:language", options);

  // --- the parts

  function part(name) {
    $$("#library .parts button[data-part]").forEach((button) => huwen.set(button, "aria-pressed", String(button.dataset.part === name)));
    $$("#library section[data-part]").forEach((section) => { section.hidden = section.dataset.part !== name; });
    document.dispatchEvent(new CustomEvent("huwen:part", { detail: name }));
  }

  // --- the list

  let isListed = false;
  let asked = 0; // of several answers under way the last one counts
  let page = 1;

  async function list(to = 1) {
    isListed = true;
    page = to;
    const mine = ++asked;
    const query = new URLSearchParams({
      search: $("#library-find").value.trim(), language: $("#library-language").value, tag: $("#library-tag").value,
      order: $("#library-order").value || "title", page: String(to),
    });
    try {
      const html = await huwen.html(`${PATH}/sources?${query}`);
      if (mine !== asked) return;
      $("#library-list").innerHTML = html;
      tags();
      follow(mine);
    } catch (error) { huwen.failed(error); }
  }

  const PACE = 2000; // milliseconds between two looks at the vectors that are being made

  async function follow(mine) { // until all are made, or the list is drawn anew
    if (mine !== asked || !$("#library-vectors")) return;
    if (huwen.root.dataset.view === "library" && !document.hidden) {
      try {
        const html = await huwen.html(`${PATH}/vectors`);
        if (mine !== asked || !$("#library-vectors")) return;
        $("#library-vectors").innerHTML = html;
      } catch (error) { huwen.failed(error); return; }
      if (!$("#library-vectors .making")) return;
    }
    setTimeout(() => follow(mine), PACE);
  }

  function tags() { // those that there are now, with the one that is chosen
    const select = $("#library-tag");
    const known = $("#library-list template");
    const chosen = select.value;
    select.length = 1;
    if (known) select.append(known.content);
    select.value = chosen;
    if (select.selectedIndex < 0) select.value = "";
    select.hidden = select.length === 1;
  }

  document.addEventListener("huwen:library", () => { if (isListed && !$("#library-list .tagging")) list(page); });
  document.addEventListener("huwen:view", (event) => { if (event.detail === "library" && $("#library-list")) list(page); });
  huwen.settling.push(() => {
    options();
    if (!isListed && huwen.root.dataset.view === "library" && $("#library-list")) list();
  });

  let typing;
  document.addEventListener("input", (event) => {
    if (event.target.id !== "library-find") return;
    clearTimeout(typing);
    typing = setTimeout(list, 200);
  });
  document.addEventListener("change", (event) => {
    if (["library-language", "library-tag", "library-order"].includes(event.target.id)) list();
    if (event.target.id === "library-files") {
      add([...event.target.files]);
      event.target.value = ""; // the same file may be chosen again
    }
  });

  huwen.links.push([/^#library-tag$/, (_, link) => {
    const chosen = $("#library-tag");
    chosen.value = chosen.value === link.dataset.tag ? "" : link.dataset.tag;
    list();
  }]);

  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("#library button, dialog.pieces button, dialog.compared button") : null;
    if (!button) return;
    const { dataset } = button;
    try {
      if (dataset.part) part(dataset.part);
      else if (dataset.page) await list(Number(dataset.page)).then(() => huwen.glide($("#library .finding"), "start"));
      else if (dataset.first) await more(button);
      else if (dataset.read) await read(dataset.read);
      else if (dataset.start) await read(button.closest("dialog").dataset.id, dataset.start, dataset.end);
      else if (dataset.act) await ACTS[dataset.act](button.closest("tr"), button);
      else if (button.id === "library-check") await check();
      else if (button.id === "library-rebuild") await rebuild(button);
    } catch (error) { huwen.failed(error); }
  });

  const source = (id) => `sources/${encodeURIComponent(id)}`;

  const ACTS = {
    passages: async (row) => {
      const box = huwen.dialog(await huwen.html(`${PATH}/${source(row.dataset.id)}/passages`), "reader pieces");
      box.dataset.id = row.dataset.id;
    },
    document: (row) => read(row.dataset.id),
    versions: async (row) => {
      const box = huwen.dialog(await huwen.html(`${PATH}/${source(row.dataset.id)}/versions`), "reader compared");
      box.querySelectorAll("option[data-zh]").forEach((option) => { option.textContent = option.dataset[huwen.root.dataset.ui]; });
      if (box.querySelector(".sides")) await compare(box);
    },
    remove: async (row) => {
      const sure = await huwen.wonder(text("remove title"), `<p><b>${escaped(row.dataset.title)}</b></p><p>${escaped(text("remove means"))}</p>`,
        text("remove"));
      if (!sure) return;
      await huwen.send("DELETE", `${PATH}/${source(row.dataset.id)}`);
      huwen.say(text("removed"));
      await list(page);
    },
    tag: (row) => {
      const place = row.querySelector(".tags");
      const before = place.innerHTML;
      place.innerHTML = '<form class="tagging"><input class="ours" maxlength="400" autocomplete="off">'
        + `<button class="ours main">${both("save")}</button><button type="button" class="ours" data-act="untag">${both("cancel")}</button></form>`;
      const form = place.firstElementChild;
      const input = form.firstElementChild;
      const leave = () => { place.innerHTML = before; place.querySelector("[data-act=tag]").focus(); };
      input.value = row.dataset.tags;
      input.focus();
      input.addEventListener("keydown", (event) => { if (event.key === "Escape") leave(); });
      form.querySelector("[data-act=untag]").addEventListener("click", leave);
      form.addEventListener("submit", (event) => { event.preventDefault(); retag(row.dataset.id, input.value).catch(huwen.failed); });
    },
    untag: () => {}, // its form sees to it
  };

  async function retag(id, told) {
    await huwen.send("PUT", `${PATH}/${source(id)}/tags`, { tags: told });
    huwen.say(text("tags saved"));
    await list(page);
    $$("#library-list tr").find((row) => row.dataset.id === id)?.querySelector("[data-act=tag]").focus();
  }

  // --- two versions of a document

  async function compare(box) {
    const side = (name) => box.querySelector(`[data-side="${name}"]`).value;
    const place = box.querySelector(".difference");
    place.innerHTML = `<p class="aside">${both("comparing")}</p>`;
    const [older, newer] = [side("older"), side("newer")];
    const html = await huwen.html(`${PATH}/difference?${new URLSearchParams({ older, newer })}`);
    if (older === side("older") && newer === side("newer")) place.innerHTML = html;
  }

  document.addEventListener("change", (event) => {
    const box = event.target instanceof Element ? event.target.closest("dialog.compared") : null;
    if (box && event.target.dataset.side) compare(box).catch(huwen.failed);
  });

  // --- into a document

  const read = (id, start = 0, end = 0) => huwen.openDocument(id, new URLSearchParams({ start, end }));

  async function more(button) {
    const box = button.closest("dialog");
    const next = document.createElement("template");
    next.innerHTML = await huwen.html(`${PATH}/${source(box.dataset.id)}/passages?first=${button.dataset.first}`);
    const list = box.querySelector("ol");
    const seen = list.children.length;
    list.append(...next.content.querySelector("ol").children);
    button.parentElement.replaceWith(...next.content.querySelectorAll(".more"));
    list.children[seen]?.querySelector("button").focus({ preventScroll: true });
  }

  // --- adding: one file at a time is sent and indexed, the others wait here

  const ENDED = ["added", "replaced", "unchanged", "failed", "cancelled"];
  const entries = [];
  let current = null;
  const waiting = () => entries.filter((entry) => entry.state === "queued");

  function add(files, url = "") {
    const told = $("#library-tags").value;
    for (const file of files) {
      const entry = { file, url, tags: told, row: document.createElement("li"), state: "queued" };
      entries.push(entry);
      $("#library-adding").append(entry.row);
      step(entry, refusal(entry) || { state: "queued" });
    }
    $("#library-summary").textContent = "";
    next();
  }

  // what needs no sending to be refused; the server checks it again
  function refusal({ file, url }) {
    const input = $("#library-files");
    if (url) return null;
    if (file.isFolder) return { state: "failed", html: both("a folder") };
    if (!input.accept.split(",").some((type) => file.name.toLowerCase().endsWith(type)))
      return { state: "failed", html: both("unknown type", { types: input.accept.replaceAll(",", " ") }) };
    if (file.size > input.dataset.most * 1e6) return { state: "failed", html: both("too large", { number: input.dataset.most }) };
    return null;
  }

  function step(entry, told) {
    const { row, file } = entry;
    entry.state = told.state;
    entry.why = told.html || (told.why ? why(told, file.name) : "");
    row.className = told.state;
    const share = told.state === "sending" ? told.percent / 100 : told.state === "indexing" && told.of ? told.done / told.of : told.state === "recognising" ? (told.done - 1) / told.of : null;
    const bar = ENDED.includes(told.state) || told.state === "queued" ? "" : `<progress max="1"${share === null ? "" : ` value="${share}"`}></progress>`;
    row.innerHTML = `<bdi class="file">${escaped(file.name)}</bdi><span class="step">${both(`step ${told.state}`, told)}</span>${bar}`
      + (entry.why ? `<span class="why">${entry.why}</span>` : "");
    row.querySelector("progress")?.setAttribute("aria-label", file.name);
    const again = told.state === "failed" && !refusal(entry);
    if (!again && told.state !== "queued" && told.state !== "sending") return;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", innerHTML: both(again ? "try again" : "cancel") });
    button.addEventListener("click", () => {
      if (again) { step(entry, { state: "queued" }); next(); } else if (entry.xhr) entry.xhr.abort(); else step(entry, { state: "cancelled" });
    });
    row.append(button);
  }

  async function next() {
    if (current) return;
    [current] = waiting();
    if (!current) {
      sum();
      return;
    }
    const entry = current;
    offerToStop();
    await sent(entry);
    entry.xhr = null;
    current = null;
    if (entry.state !== "failed" && !$("#library-list .tagging")) list(page);
    next();
  }

  function offerToStop() {
    const place = $("#library-summary");
    place.innerHTML = waiting().length > 1 ? `<button type="button" class="quiet" id="library-stop">${both("cancel rest")}</button>` : "";
    place.firstElementChild?.addEventListener("click", () => {
      waiting().forEach((entry) => step(entry, { state: "cancelled" }));
      place.textContent = "";
    });
  }

  function sent(entry) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest(); // fetch does not tell how much has been sent
      const hear = huwen.lines((told) => step(entry, told));
      const cut = () => step(entry, { state: "failed", html: both("cut off") });
      entry.xhr = request;
      const query = new URLSearchParams({ [entry.url ? "url" : "name"]: entry.url || entry.file.name, tags: entry.tags });
      request.open("POST", `${PATH}/${entry.url ? "addresses" : "files"}?${query}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.onprogress = (event) =>
        step(entry, event.loaded < event.total ? { state: "sending", percent: Math.floor(100 * event.loaded / event.total) } : { state: "waiting" });
      request.onprogress = () => { if (request.status === 200) hear(request.responseText); };
      request.onload = () => {
        if (request.status !== 200) step(entry, { state: "failed", why: request.responseText.slice(0, 500) });
        else if (!ENDED.includes(entry.state)) cut();
      };
      request.onerror = cut;
      request.onabort = () => step(entry, { state: "cancelled" });
      request.onloadend = resolve;
      step(entry, entry.url ? { state: "fetching" } : { state: "sending", percent: 0 });
      request.send(entry.url ? null : entry.file);
    });
  }

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "library-address") return;
    event.preventDefault();
    const url = $("#library-url").value.trim();
    if (url) add([{ name: url }], url);
    $("#library-url").value = "";
  });

  function sum() {
    const ended = entries.filter((entry) => ENDED.includes(entry.state));
    const place = $("#library-summary");
    if (!ended.length) return;
    const count = (state) => ended.filter((entry) => entry.state === state).length;
    const failed = ended.filter((entry) => entry.state === "failed");
    const key = ended.some((entry) => entry.url) ? "summary of items" : "summary";
    place.innerHTML = `<p>${both(key, { all: ended.length - count("cancelled"), ...Object.fromEntries(ENDED.map((state) => [state, count(state)])) })} `
      + `<button type="button" class="quiet" id="library-clear">${both("clear list")}</button></p>`
      + (failed.length ? `<ul>${failed.map((entry) => `<li><bdi>${escaped(entry.file.name)}</bdi> ${entry.why}</li>`).join("")}</ul>` : "");
    $("#library-clear").addEventListener("click", () => {
      entries.length = 0;
      $("#library-adding").replaceChildren();
      place.replaceChildren();
      $("#library-files").focus();
    });
  }

  addEventListener("beforeunload", (event) => { if (current || waiting().length) event.preventDefault(); });

  // files may be dropped anywhere on the view
  const isDropping = (event) => huwen.root.dataset.view === "library" && $("#library-files") && event.dataTransfer?.types.includes("Files");

  for (const name of ["dragenter", "dragover"])
    document.addEventListener(name, (event) => {
      if (!isDropping(event)) return;
      event.preventDefault();
      $("#library .drop").classList.add("over");
    });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) $("#library .drop")?.classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    if (!isDropping(event)) return;
    event.preventDefault();
    $("#library .drop").classList.remove("over");
    part("documents");
    const folders = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()?.isDirectory);
    add([...event.dataTransfer.files].map((file, at) => folders[at] ? { name: file.name, isFolder: true } : file));
  });

  // --- the retrieval test

  document.addEventListener("submit", async (event) => {
    if (event.target.id !== "library-look") return;
    event.preventDefault();
    const place = $("#library-found");
    const question = $("#library-question").value.trim();
    if (!question) return;
    place.setAttribute("aria-busy", "true");
    try {
      place.innerHTML = await huwen.html(`${PATH}/look?${new URLSearchParams({ question })}`);
      $("#library-heard").textContent = (place.querySelector("h3") || place).innerText;
    } catch (error) { huwen.failed(error); }
    place.removeAttribute("aria-busy");
  });

  // --- upkeep

  async function check() {
    const place = $("#library-health");
    place.innerHTML = `<p>${both("checking")}</p>`;
    try {
      place.innerHTML = await huwen.html(`${PATH}/health`);
    } catch (error) {
      place.innerHTML = "";
      throw error;
    }
  }

  async function rebuild(button) {
    const place = $("#library-rebuilding");
    const show = (told) => {
      const key = told.state === "rebuilt" ? "rebuilt" : told.state === "failed" ? "not rebuilt" : told.of ? "rebuilding" : "rebuilding begins";
      const bar = ["rebuilt", "failed"].includes(told.state) ? "" : `<progress max="1"${told.of ? ` value="${told.done / told.of}"` : ""}></progress>`;
      place.innerHTML = `<p class="${told.state}">${both(key, told)} ${bar}</p>`
        + (told.why ? `<p class="why">${why(told)}</p>` : "");
    };
    button.disabled = true;
    show({ state: "waiting" });
    try {
      await huwen.steps(await huwen.send("POST", `${PATH}/rebuild`), show);
      await list(page);
    } catch (error) {
      place.innerHTML = "";
      throw error;
    } finally {
      button.disabled = false;
    }
  }
})();
