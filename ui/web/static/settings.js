// The settings: a form from the server, an endpoint's models, a test of it line by line.
(() => {
  const { $, $$, text } = huwen;
  const PATH = "page/settings";
  let isAsked = false; // the form has been asked for

  async function show() {
    isAsked = true;
    try {
      draw(await huwen.html(PATH));
    } catch (error) {
      isAsked = false;
      huwen.failed(error);
    }
  }

  function draw(html) {
    $("#settings").innerHTML = html;
    look();
  }

  document.addEventListener("huwen:view", (event) => { if (event.detail === "settings" && !isAsked) show(); });
  huwen.settling.push(() => {
    if (!isAsked && huwen.root.dataset.view === "settings" && $("#settings")) show();
    if (!isNoticed && $("#notice")) notice();
  });

  // --- the line over the conversation that says that there is no model

  let isNoticed = false;

  async function notice() {
    isNoticed = true;
    try {
      $("#notice").innerHTML = await huwen.html(`${PATH}/notice`);
    } catch { /* the page itself will say that nobody answers */ }
  }

  // --- what is typed

  const told = () => JSON.stringify(Object.fromEntries(new FormData($("#settings-form"))));

  function server(address) {
    try { return new URL(address).origin; } catch { return ""; }
  }

  // what follows from the address: which service it is, and whose key is set
  function look() {
    const address = $("#settings-base_url");
    if (!address) return;
    $$("[data-preset]").forEach((button) => huwen.set(button, "aria-pressed", String(button.dataset.preset === address.value.trim())));
    const chosen = $("[data-preset][aria-pressed=true]");
    $("#settings-chat_model").placeholder = chosen ? chosen.dataset.model : "";
    const state = $("#settings-key-state");
    state.dataset.own ||= state.innerHTML;
    const isElsewhere = $("#settings-api_key").dataset.set && server(address.value.trim()) !== server(address.dataset.given);
    state.classList.toggle("warned", !!isElsewhere);
    if (isElsewhere) state.textContent = text("key elsewhere");
    else state.innerHTML = state.dataset.own;
  }

  document.addEventListener("huwen:language", look);

  document.addEventListener("input", (event) => {
    if (!event.target.closest?.("#settings-form")) return;
    const flaw = $(`#${event.target.id}-flaw`);
    if (flaw) clear(flaw);
    if (event.target.matches(".endpoint input")) $("#settings-findings").textContent = ""; // they were of something else
    if (event.target.id === "settings-base_url") {
      $("#settings-models").textContent = "";
      look();
    }
    if (event.target.id === "settings-chat_model") narrow(event.target.value);
    if (event.target.id === "settings-pick") $("#settings-chat_model").value = event.target.value;
  });

  // a list of hundreds shows those that what is typed stands in, all where it stands in none
  function narrow(typed) {
    const options = $$("#settings-pick option");
    const fits = (option) => option.value.toLowerCase().includes(typed.trim().toLowerCase());
    const isNone = !options.some(fits);
    options.forEach((option) => { option.hidden = !isNone && !fits(option); });
  }

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("#settings-form button");
    if (!button) return;
    if (button.dataset.preset) choose(button.dataset.preset);
    if (button.id === "settings-look") busy(button, models);
    if (button.id === "settings-test") busy(button, test);
  });

  function choose(preset) {
    const address = $("#settings-base_url");
    address.value = preset;
    address.dispatchEvent(new Event("input", { bubbles: true }));
    const start = preset.indexOf("YOUR-");
    if (start < 0) return;
    address.focus();
    address.setSelectionRange(start, preset.indexOf(".", start));
  }

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "settings-form") return;
    event.preventDefault();
    busy($("#settings-save"), save);
  });

  // --- what is asked

  async function busy(button, work) {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    $$("#settings-form .flaw").forEach(clear);
    try {
      await work();
    } catch { huwen.say(text("unreachable"), true); } finally { button.removeAttribute("aria-busy"); }
  }

  async function asked(method, path, place) {
    const response = await fetch(path, { method, headers: { "Content-Type": "application/json" }, body: told() });
    if (response.ok) return response;
    refused(await response.text(), (response.headers.get("Content-Type") || "").startsWith("text/html"), place);
    return null;
  }

  // a flaw of a field comes as HTML that names it; anything else is a sentence, for the place where it was asked
  function refused(said, isHtml, otherwise) {
    const fresh = document.createElement("template");
    if (isHtml) fresh.innerHTML = said;
    const field = fresh.content.querySelector("[data-field]")?.dataset.field;
    const place = (field && $(`#settings-${field}-flaw`)) || $(`#settings-${otherwise}-flaw`);
    place.replaceChildren(isHtml ? fresh.content : said);
    const input = field && $(`#settings-${field}`);
    input?.setAttribute("aria-invalid", "true");
    huwen.glide(input || place, input ? "center" : "nearest");
    input?.focus({ preventScroll: true });
  }

  function clear(flaw) {
    flaw.textContent = "";
    $(`#${flaw.id.replace(/-flaw$/, "")}`)?.removeAttribute("aria-invalid");
  }

  async function models() {
    const place = $("#settings-models");
    place.textContent = text("working");
    const response = await asked("POST", `${PATH}/models`, "chat_model").catch((error) => { place.textContent = ""; throw error; });
    place.innerHTML = response ? await response.text() : "";
    const pick = $("#settings-pick");
    if (pick) pick.value = $("#settings-chat_model").value;
  }

  async function test() {
    const list = $("#settings-findings");
    list.innerHTML = `<li class="working">${huwen.escaped(text("working"))}</li>`;
    const response = await asked("POST", `${PATH}/test`, "test").catch((error) => { list.textContent = ""; throw error; });
    if (response) await lines(response, (line) => list.lastElementChild.insertAdjacentHTML("beforebegin", line));
    $("#settings-findings .working")?.remove();
  }

  async function lines(response, each) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = "";;) {
      const { value, done } = await reader.read();
      const whole = (rest + (value || "")).split("\n");
      rest = whole.pop();
      whole.forEach(each);
      if (done) return;
    }
  }

  async function save() {
    const response = await asked("PUT", PATH, "form");
    if (!response) return;
    draw(await response.text());
    $("#settings-save").focus();
    huwen.say(text("saved"));
    await notice();
  }
})();
