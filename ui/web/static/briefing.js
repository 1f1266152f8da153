// Briefings: a list is given, its rows are answered one by one, looked at, edited, and made into a document.
(() => {
  const { $, $$, text, escaped } = huwen;
  const PATH = "page/briefings";
  const AT_WORK = 1000; // milliseconds between two looks at a briefing that is being asked
  const AT_REST = 6000; // and at one that is not, which another window may change

  huwen.labels.push(
    ["#briefing-questions", "placeholder", "brief example"],
    ["#briefing-scope-find", "placeholder", "find source"],
    ["#briefing-scope-find", "aria-label", "find source"],
    ["#briefing form.editing textarea", "aria-label", "brief edit"],
  );

  const both = (key, values = {}) => ["zh", "en"].map((language) => `<span class="say-${language}" lang="${language}">`
    + `${escaped(TEXTS[key][language].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? ""))}</span>`).join("");

  // a request whose body is text or a file as it is
  async function call(method, path, body) {
    const response = await fetch(path, { method, body, headers: { "Content-Type": "application/octet-stream" } });
    if (!response.ok) throw Object.assign(new Error(await response.text()), { isTold: true });
    return response;
  }

  const failed = (error) => error.isTold ? huwen.say(error.message, true) : huwen.failed(error);

  // put HTML in a place only where it is another, and keep the focus on what acts the same
  const drawn = new WeakMap();
  function draw(place, html) {
    if (!place || drawn.get(place) === html) return false;
    const focused = place.contains(document.activeElement) ? document.activeElement : null;
    const key = focused && (focused.dataset.act ? `[data-act="${focused.dataset.act}"]` : focused.hash ? `a[href="${focused.hash}"]` : "");
    place.innerHTML = html;
    drawn.set(place, html);
    if (focused) ((key && place.querySelector(key)) || place.querySelector("button, a") || $("#briefing-one h2"))?.focus({ preventScroll: true });
    return true;
  }

  const isHere = () => huwen.root.dataset.view === "briefing" && $("#briefing-kept");

  // --- which is shown: the list of all with the form, or one

  let one = huwen.kept("huwen-briefing") || "";
  let isShown = false;
  let timer;

  const later = (look, wait) => { clearTimeout(timer); timer = setTimeout(() => { if (isHere() && !document.hidden) look(); }, wait); };

  function show() {
    if (!isHere()) return;
    isShown = true;
    if (one) open(one, false);
    else list();
  }

  document.addEventListener("huwen:view", (event) => { if (event.detail === "briefing") show(); else clearTimeout(timer); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && isHere()) (one ? watch() : list()); });
  huwen.settling.push(() => { if (!isShown) show(); });

  function turn(id) {
    one = id;
    huwen.keep("huwen-briefing", id);
    $("#briefing-begin").hidden = !!id;
    $("#briefing-one").hidden = !id;
    if (!id) $("#briefing-one").replaceChildren();
  }

  async function list() {
    try {
      const html = await huwen.html(PATH);
      if (one) return;
      turn("");
      draw($("#briefing-kept"), html);
      later(list, html.includes('data-at-work="yes"') ? 2 * AT_WORK : AT_REST);
    } catch (error) { huwen.failed(error); }
  }

  async function open(id, isAsked = true) {
    try {
      const html = await huwen.html(`${PATH}/${id}`);
      turn(id);
      $("#briefing-one").innerHTML = html;
      version = 0;
      phase = "";
      heard = -1;
      if (isAsked) {
        $("#view-briefing").scrollTop = 0;
        $("#briefing-one h2").focus({ preventScroll: true });
      }
      await watch();
    } catch (error) {
      turn(""); // it has been deleted
      if (isAsked) huwen.failed(error);
      list();
    }
  }

  async function back() {
    if (!await mayLeave()) return;
    const before = one;
    turn("");
    await list();
    $(`#briefing-kept a[href="#briefing-${before}"]`)?.focus({ preventScroll: true });
  }

  huwen.links.push([/^#briefing-([0-9a-f]{12})$/, (match) => open(match[1])], [/^#briefings$/, back]);

  // --- how far it is

  let version = 0;
  let phase = "";
  let heard = -1;

  async function watch() {
    if (!one) return;
    const id = one;
    const since = version;
    try {
      const told = await (await call("GET", `${PATH}/${id}/state?since=${since}`)).json();
      if (id !== one) return;
      take(told, since);
      later(watch, told.phase === "idle" ? AT_REST : AT_WORK);
    } catch (error) {
      if (error.isTold) turn(""), list();
      else later(watch, AT_REST); // the server is away for a moment
    }
  }

  function take(told, since) {
    const isTurned = phase !== "" && phase !== told.phase;
    version = told.version;
    phase = told.phase;
    draw($("#briefing-progress"), told.progress);
    draw($("#briefing-acts"), told.acts);
    draw($("#briefing-left"), told.left);
    const changed = new Set(since ? told.fresh.map(String) : []);
    for (const [number, html] of Object.entries(told.rows)) {
      const row = $(`#briefing-row-${number}`);
      const isFirst = !drawn.has(row.firstElementChild);
      if (draw(row.firstElementChild, html) && !isFirst) changed.add(number);
    }
    if (isTurned) $$("#briefing .entry[open]").forEach((row) => changed.add(numberOf(row)));
    changed.forEach((number) => reload($(`#briefing-row-${number}`)));
    const quarter = Math.floor(4 * told.done / told.all);
    if (isTurned || (heard >= 0 && quarter !== heard)) $("#briefing-heard").textContent = $("#briefing-progress .counts").innerText.replaceAll("\n", " ");
    heard = quarter;
  }

  // --- rows

  const numberOf = (row) => row.id.slice("briefing-row-".length);
  const isEdited = (place) => [...place.querySelectorAll("form.editing textarea")].some((area) => area.value !== area.defaultValue);

  async function reload(row) {
    if (!row || row.querySelector("form.editing")) return;
    if (row.open) await load(row);
    else row.querySelector(".body").replaceChildren();
  }

  async function load(row) {
    try {
      row.querySelector(".body").innerHTML = await huwen.html(`${PATH}/${one}/rows/${numberOf(row)}`);
    } catch (error) { huwen.failed(error); }
  }

  document.addEventListener("toggle", (event) => {
    const row = event.target instanceof Element && event.target.matches("#briefing .entry") ? event.target : null;
    if (row?.open && !row.querySelector(".body").firstChild) load(row);
  }, true);

  // markers and chips lead to the passages of their own row; on the window, so that the conversation's links do not take them
  addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest('#briefing a[href^="#cite-"]');
    if (!link) return;
    event.preventDefault();
    event.stopPropagation();
    const card = document.getElementById(link.hash.slice(1));
    if (!card) return;
    $$("#briefing .lit").forEach((other) => other.classList.remove("lit"));
    for (let fold = card; fold && !fold.matches(".entry"); fold = fold.parentElement.closest("details")) fold.open = true;
    card.classList.add("lit");
    card.querySelector("summary").focus({ preventScroll: true });
    huwen.glide(card, "nearest");
  }, true);

  async function edit(row, section) {
    const path = `${PATH}/${one}/rows/${numberOf(row)}`;
    const { language } = section.dataset;
    const place = section.querySelector(".form");
    if (place.firstChild) return;
    place.innerHTML = await huwen.html(`${path}/form?language=${language}`);
    section.classList.add("editing");
    const area = place.querySelector("textarea");
    area.style.height = `${Math.min(Math.max(area.scrollHeight + 4, 140), innerHeight * 0.6)}px`;
    area.focus();
    area.setSelectionRange(0, 0);
    area.scrollTop = 0;
    place.firstElementChild.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const html = await (await huwen.send("PUT", path, { language, text: area.value })).text();
        changed(row, html, "brief saved");
      } catch (error) { huwen.failed(error); }
    });
  }

  async function changed(row, html, said) {
    row.querySelector(".body").innerHTML = html;
    huwen.say(text(said));
    row.querySelector("summary").focus({ preventScroll: true });
    await watch();
  }

  async function mayLeave() {
    return !isEdited($("#briefing-one")) || !!await huwen.wonder(text("brief unsaved"), "", text("brief leave"));
  }

  addEventListener("beforeunload", (event) => { if ($("#briefing-one") && isEdited($("#briefing-one"))) event.preventDefault(); });

  // --- what is done by buttons

  const ACTS = {
    resume: () => begin(false),
    retry: () => begin(true),
    stop: async () => { await huwen.send("POST", `${PATH}/${one}/stop`); await watch(); },
    again: async (button) => {
      await huwen.send("POST", `${PATH}/${one}/rows/${numberOf(button.closest(".entry"))}/again`);
      await watch();
    },
    edit: (button) => edit(button.closest(".entry"), button.closest("section")),
    leave: (button) => {
      const section = button.closest("section");
      section.querySelector(".form").replaceChildren();
      section.classList.remove("editing");
      section.querySelector('[data-act="edit"]')?.focus({ preventScroll: true });
    },
    restore: async (button) => {
      const row = button.closest(".entry");
      const { language } = button.closest("section").dataset;
      const path = `${PATH}/${one}/rows/${numberOf(row)}/edited?language=${language}`;
      await changed(row, await (await huwen.send("DELETE", path)).text(), "brief restored");
    },
    delete: async (button) => {
      const { id, title } = button.dataset;
      const sure = await huwen.wonder(text("brief delete title"), `<p><b>${escaped(title)}</b></p><p>${escaped(text("brief delete means"))}</p>`,
        text("delete"));
      if (!sure) return;
      await huwen.send("DELETE", `${PATH}/${id}`);
      huwen.say(text("brief deleted"));
      await list();
      ($("#briefing-kept a") || $("#briefing-questions")).focus({ preventScroll: true });
    },
    unhouse: async () => draw($("#briefing-house"), await (await huwen.send("DELETE", `${PATH}/${one}/template`)).text()),
    untake: () => take_list(null),
    scope: () => openScope(),
  };

  async function begin(isRetry) {
    await huwen.send("POST", `${PATH}/${one}/begin`, { retry: isRetry });
    await watch();
  }

  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("#briefing button") : null;
    if (!button || button.getAttribute("aria-disabled")) return;
    try {
      if (button.dataset.act) await ACTS[button.dataset.act](button);
      else if (button.dataset.ready) await start({ ready: button.dataset.ready }, null);
      else if (button.dataset.format) await keep(button);
    } catch (error) { failed(error); }
  });

  // --- a document to keep

  async function keep(button) {
    const { format } = button.dataset;
    const buttons = $$("#briefing .export [data-format]");
    buttons.forEach((each) => { each.disabled = true; });
    button.setAttribute("aria-busy", "true");
    huwen.say(text("brief making"));
    try {
      const response = await call("GET", `${PATH}/${one}/export?format=${format}`);
      const link = Object.assign(document.createElement("a"), {
        href: URL.createObjectURL(await response.blob()), download: `${$("#briefing-one h2").textContent.replace(/[\\/:*?"<>|]/g, "-")}.${format}`,
      });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
      huwen.say(text("brief made"));
    } finally {
      buttons.forEach((each) => { each.disabled = false; });
      button.removeAttribute("aria-busy");
      button.focus({ preventScroll: true });
    }
  }

  async function house(file) {
    const html = await (await call("PUT", `${PATH}/${one}/template`, file)).text();
    draw($("#briefing-house"), html);
    huwen.say(text("brief template taken"));
    $('#briefing-house [data-act="unhouse"]')?.focus({ preventScroll: true });
  }

  // --- a list to begin with

  let chosen = null; // the file in place of what is typed

  const flaw = (html) => {
    $("#briefing-flaw").innerHTML = html;
    for (const id of ["questions", "file"]) {
      const input = $(`#briefing-${id}`);
      if (html) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  };

  async function take_list(file) {
    flaw("");
    let told = null;
    if (file) {
      const most = $("#briefing-file").dataset.most;
      if (file.size > most * 1e6) return flaw(both("too large", { number: most }));
      try {
        told = await (await call("POST", `${PATH}/look?${new URLSearchParams({ name: file.name })}`, file)).json();
      } catch (error) {
        file = null;
        if (error.isTold) flaw(`<span lang="en">${escaped(error.message)}</span>`);
        else huwen.failed(error);
      }
    }
    chosen = file;
    const place = $("#briefing-chosen");
    place.hidden = !file;
    $("#briefing-questions").hidden = !!file;
    if (!file) return $("#briefing-questions").focus({ preventScroll: true });
    place.querySelector("bdi").textContent = file.name;
    place.querySelector("span").innerHTML = both("brief so many", { number: told.questions })
      + (told.sections ? ` · ${both("brief so many sections", { number: told.sections })}` : "");
    $("#briefing-title").placeholder = told.title;
    $("#briefing-form button.main").focus({ preventScroll: true });
  }

  async function start(wanted, body) {
    const form = new FormData($("#briefing-form"));
    const query = new URLSearchParams({
      ...wanted, title: wanted.ready ? "" : $("#briefing-title").value.trim(), answering: form.get("answering"), style: form.get("style"),
    });
    for (const kind of ["source", "tag"]) narrowed[`${kind}s`].forEach((_, value) => query.append(kind, value));
    const told = await (await call("POST", `${PATH}?${query}`, body)).json();
    $("#briefing-questions").value = "";
    $("#briefing-title").value = "";
    if (chosen) await take_list(null);
    flaw("");
    await open(told.id);
  }

  let isStarting = false;

  document.addEventListener("submit", async (event) => {
    if (event.target.id !== "briefing-form") return;
    event.preventDefault();
    if (isStarting) return;
    const area = $("#briefing-questions");
    if (!chosen && !area.value.trim()) {
      flaw(both("brief no questions"));
      area.focus();
      return;
    }
    isStarting = true;
    try {
      await start(chosen ? { name: chosen.name } : {}, chosen || area.value);
    } catch (error) {
      if (error.isTold) flaw(`<span lang="en">${escaped(error.message)}</span>`);
      else huwen.failed(error);
      if (!chosen) area.focus();
    }
    isStarting = false;
  });

  document.addEventListener("change", async (event) => {
    const file = event.target.files?.[0];
    if (!file) return;
    if (event.target.id === "briefing-file") await take_list(file).catch(failed);
    else if (event.target.id === "briefing-template") await house(file).catch(failed);
    event.target.value = ""; // the same file may be chosen again
  });

  document.addEventListener("input", (event) => { if (event.target.id === "briefing-questions") flaw(""); });

  // a list may be dropped anywhere on the form
  const isDropping = (event) => isHere() && !one && event.dataTransfer?.types.includes("Files");
  for (const name of ["dragenter", "dragover"])
    document.addEventListener(name, (event) => {
      if (!isDropping(event)) return;
      event.preventDefault();
      $("#briefing .drop").classList.add("over");
    });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) $("#briefing .drop")?.classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    if (!isDropping(event)) return;
    event.preventDefault();
    $("#briefing .drop").classList.remove("over");
    take_list(event.dataTransfer.files[0]).catch(failed);
  });

  // --- what it is asked of: the same dialog as the conversation's, with a choice of its own

  const narrowed = { sources: new Map(), tags: new Map() };
  const scopeHtml = (search) => huwen.html(`page/scope?${new URLSearchParams({ search })}`);

  async function openScope() {
    const box = huwen.dialog(await scopeHtml(""), "scope");
    const find = box.querySelector("#scope-find");
    find.id = "briefing-scope-find"; // else the conversation would answer to it
    tick(box);
    let typing;
    find.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(async () => {
        const fresh = document.createElement("template");
        fresh.innerHTML = await scopeHtml(find.value);
        box.querySelector(".choices").replaceWith(fresh.content.querySelector(".choices"));
        tick(box);
      }, 200);
    });
    box.addEventListener("change", ({ target: { name, value, checked, dataset } }) => {
      if (checked) narrowed[name]?.set(value, dataset.name);
      else narrowed[name]?.delete(value);
      tell();
    });
    box.addEventListener("click", (event) => {
      if (!event.target.closest("[data-all]")) return;
      narrowed.sources.clear();
      narrowed.tags.clear();
      tell();
      tick(box);
    });
  }

  function tick(box) {
    box.querySelectorAll("input[type=checkbox]").forEach((each) => { each.checked = narrowed[each.name]?.has(each.value) || false; });
  }

  function tell() {
    const names = [...narrowed.tags.values(), ...narrowed.sources.values()];
    $("#briefing-scope-all").hidden = names.length > 0;
    $("#briefing-scope-some").textContent = names.length > 1 ? `${names[0]} +${names.length - 1}` : names.join("");
  }
})();
