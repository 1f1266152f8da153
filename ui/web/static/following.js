// Following: watched folders, web addresses and what has changed; a part of the library's view.
(() => {
  const { $, text, escaped } = huwen;
  const PATH = "page/library";
  const PACE = 2000; // milliseconds between two looks at the folders

  huwen.labels.push(
    ["#library-folder", "placeholder", "folder to watch"],
    ["#library-folder", "aria-label", "folder to watch"],
    ["#library-url", "placeholder", "address to add"],
    ["#library-url", "aria-label", "address to add"],
  );

  let stamp = null; // changes with each change of the library
  let round = 0; // of several loops the last one goes on

  const isShown = () => huwen.root.dataset.view === "library" && !document.hidden && $('#library section[data-part="follow"]:not([hidden])');
  const draw = async (place, path) => { const html = await huwen.html(`${PATH}/${path}`); if (place.innerHTML !== html) place.innerHTML = html; };

  // the time of the last look changes with each look: drawing all anew would take the focus from a button, or a click
  const withoutStates = (html) => html.replace(/<p class="state">.*?<\/p>/gs, "");

  function drawStates(place, html) {
    const drawn = document.createElement("template");
    drawn.innerHTML = html;
    const states = drawn.content.querySelectorAll(".state");
    place.querySelectorAll(".state").forEach((state, at) => { state.innerHTML = states[at].innerHTML; });
  }

  function drawWatches(place, html) {
    const open = [...place.querySelectorAll("details")].map((each) => each.open);
    place.innerHTML = html;
    const details = [...place.querySelectorAll("details")];
    if (details.length === open.length) details.forEach((each, at) => { each.open = open[at]; });
  }

  async function look(mine) { // while the part is shown
    if (mine !== round || !isShown()) return;
    try {
      const place = $("#library-watches");
      const html = await huwen.html(`${PATH}/watches`);
      if (mine !== round) return;
      if (place.dataset.html !== html) {
        if (withoutStates(place.dataset.html || "") === withoutStates(html)) drawStates(place, html);
        else drawWatches(place, html);
        place.dataset.html = html;
      }
      const now = place.firstElementChild.dataset.stamp;
      if (now !== stamp) {
        stamp = now;
        await Promise.all([changes(), draw($("#library-addresses"), "addresses")]);
        document.dispatchEvent(new Event("huwen:library"));
      }
    } catch (error) { huwen.failed(error); return; }
    setTimeout(() => look(mine), PACE);
  }

  const begin = () => { stamp = null; look(++round); };

  function week() { // a week ago, in the reader's own time
    const day = new Date(Date.now() - 7 * 864e5);
    return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
  }

  async function changes() {
    const since = $("#library-since");
    since.value ||= week();
    await draw($("#library-changes"), `changes?${new URLSearchParams({ since: since.value })}`);
  }

  document.addEventListener("huwen:part", (event) => { if (event.detail === "follow") begin(); });
  document.addEventListener("huwen:view", () => { if (isShown()) begin(); });
  document.addEventListener("visibilitychange", () => { if (isShown()) begin(); });
  document.addEventListener("change", (event) => {
    if (event.target.id === "library-since" && event.target.value) changes().catch(huwen.failed);
  });

  document.addEventListener("submit", (event) => {
    if (event.target.id === "library-since-form") event.preventDefault();
    if (event.target.id !== "library-watch") return;
    event.preventDefault();
    const input = $("#library-folder");
    huwen.send("POST", `${PATH}/watches`, { folder: input.value.trim() }).then(() => {
      input.value = "";
      huwen.say(text("watch begun"));
      begin();
    }).catch(huwen.failed);
  });

  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("#library [data-unwatch], #library-refresh") : null;
    if (!button) return;
    try {
      if (button.id === "library-refresh") await refresh(button);
      else await unwatch(button.dataset.unwatch);
    } catch (error) { huwen.failed(error); }
  });

  async function unwatch(folder) {
    const sure = await huwen.wonder(text("unwatch title"), `<p><b>${escaped(folder)}</b></p><p>${escaped(text("unwatch means"))}</p>`, text("unwatch"));
    if (!sure) return;
    await huwen.send("DELETE", `${PATH}/watches?${new URLSearchParams({ folder })}`);
    huwen.say(text("watch ended"));
    begin();
    $("#library-folder")?.focus();
  }

  async function refresh(button) {
    const place = $("#library-refreshing");
    const show = (told) => {
      const key = { refreshed: "refreshed", failed: "not refreshed" }[told.state] || "refreshing";
      const bar = key === "refreshing" ? `<progress max="1"${told.of ? ` value="${told.done / told.of}"` : ""}></progress>` : "";
      place.innerHTML = `<p class="${told.state}">${huwen.both(key, { done: 0, of: 0, ...told })} ${bar}</p>`
        + (told.why ? `<p class="why">${huwen.why(told)}</p>` : "");
    };
    button.disabled = true;
    try {
      await huwen.steps(await huwen.send("POST", `${PATH}/addresses/refresh`), show);
    } catch (error) {
      place.innerHTML = "";
      throw error;
    } finally {
      button.disabled = false;
      begin();
    }
  }
})();
