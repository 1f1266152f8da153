// The conversations that are kept, and what the next question is asked of.
(() => {
  const { $, $$, text, fill, press, isNarrow } = huwen;

  huwen.labels.push(
    ["#find", "placeholder", "find conversation"],
    ["#find", "aria-label", "find conversation"],
    ["#sidebar aside", "aria-label", "conversations"],
    ["#conversations", "aria-label", "conversations"],
    [".sidebar-toggle", "aria-label", "conversations"],
    [".sidebar-toggle", "title", "conversations"],
    ["#conversations .menu > summary", "aria-label", "more actions"],
    ["#conversations .menu > summary", "title", "more actions"],
    ["#scope-find", "placeholder", "find source"],
    ["#scope-find", "aria-label", "find source"],
  );

  const talk = () => $("#evidence .evidence")?.dataset.talk || "";
  const isBusy = () => !!$("#chat .status.at-work");

  // --- the list

  let listed = null; // the conversation that was open when it was asked for; unset while an answer grows, which changes the list

  async function list() {
    const place = $("#conversations");
    if (!place) return;
    const query = $("#find")?.value.trim() || "";
    try {
      place.innerHTML = await huwen.html(`page/conversations?${new URLSearchParams({ search: query })}`);
      mark();
    } catch (error) { huwen.failed(error); }
  }

  function mark() {
    $$("#conversations a.conversation").forEach((link) => {
      if (link.dataset.id === talk()) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  }

  huwen.settling.push(() => {
    if (!$("#conversations")) return;
    huwen.set($(".sidebar-toggle"), "aria-expanded", String(huwen.root.dataset.drawer === "open"));
    if (isBusy()) listed = null;
    else if (listed !== talk()) {
      listed = talk();
      list();
      address();
    }
  });

  // the address names the conversation, so that it can be opened again
  function address() {
    const wanted = talk() ? `?c=${talk()}` : "";
    if (location.search !== wanted && ($$("#chat .user-row").length || !location.search))
      history.pushState(null, "", location.pathname + wanted + location.hash);
  }

  addEventListener("popstate", () => { if (!location.hash) location.reload(); });

  let typing;
  document.addEventListener("input", (event) => {
    if (event.target.id === "find") {
      clearTimeout(typing);
      typing = setTimeout(list, 200);
    }
    if (event.target.id === "scope-find") {
      clearTimeout(typing);
      typing = setTimeout(() => choices(event.target.value), 200);
    }
  });

  function turnTo(id) {
    drawer(false);
    huwen.view("chat");
    if (isBusy()) { // leaving the page ends the answer, which is kept as far as it came
      location.href = location.pathname + (id ? `?c=${id}` : "");
      return;
    }
    document.dispatchEvent(new Event("huwen:talk"));
    fill("order", JSON.stringify({ open: id }));
    press("open");
    history.pushState(null, "", location.pathname + (id ? `?c=${id}` : ""));
  }

  document.addEventListener("click", async (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target || event.metaKey || event.ctrlKey) return;
    const link = target.closest("a.conversation, a.new-chat");
    if (link) {
      event.preventDefault();
      turnTo(link.dataset.id || "");
    }
    if (target.closest(".sidebar-toggle")) drawer(huwen.root.dataset.drawer !== "open");
    else if (huwen.root.dataset.drawer === "open" && !target.closest("#sidebar, dialog")) drawer(false);
    const act = target.closest("#conversations [data-act]");
    if (act) await change(act.dataset.act, act.closest("li"));
    $$("#conversations .menu[open]").forEach((menu) => { if (!menu.contains(target) || act) menu.open = false; });
  });

  async function change(act, item) {
    const { id } = item.querySelector("a").dataset;
    const title = item.querySelector("a").textContent.trim();
    try {
      if (act === "rename") {
        const told = await huwen.wonder(text("rename"), `<label class="free"><span>${huwen.escaped(text("title"))}</span>`
          + `<input name="title" required maxlength="200" value="${huwen.escaped(title).replaceAll('"', "&quot;")}"></label>`, text("rename"));
        if (!told || !told.get("title").trim()) return;
        await huwen.send("PATCH", `page/conversations/${id}`, { title: told.get("title") });
      }
      if (act === "delete") {
        if (!await huwen.wonder(text("delete title"), `<p>${huwen.escaped(title)}</p>`, text("delete"))) return;
        await huwen.send("DELETE", `page/conversations/${id}`);
        if (id === talk()) turnTo("");
      }
      await list();
    } catch (error) { huwen.failed(error); } finally { // what was in focus is drawn anew, or folded away
      ($(`#conversations a[data-id="${id}"]`) || $("#sidebar .new-chat")).focus({ preventScroll: true });
    }
  }

  function drawer(isOpen) {
    const wasOpen = huwen.root.dataset.drawer === "open";
    huwen.root.dataset.drawer = isOpen ? "open" : "";
    if (isOpen && !wasOpen) $("#sidebar .new-chat")?.focus();
    if (!isOpen && wasOpen && document.activeElement.closest("#sidebar")) $(".sidebar-toggle").focus();
  }

  // --- by the keyboard: arrows go through a menu, Escape leaves it, and then the drawer

  function go(menu, step) {
    const items = [...menu.querySelectorAll("div > *")].filter((item) => item.checkVisibility());
    const at = items.indexOf(document.activeElement);
    items[(at < 0 ? (step > 0 ? 0 : items.length - 1) : at + step + items.length) % items.length]?.focus();
  }

  document.addEventListener("keydown", (event) => {
    const menu = event.target instanceof Element ? event.target.closest("#conversations .menu") : null;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (menu && step) {
      event.preventDefault();
      menu.open = true;
      go(menu, step);
    }
    if (event.key !== "Escape" || $("dialog[open]")) return;
    if (!menu || !menu.open) return drawer(false);
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  document.addEventListener("focusout", (event) => {
    const menu = event.target instanceof Element ? event.target.closest("#conversations .menu[open]") : null;
    if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });

  // --- what is asked of: all sources, or those that are ticked

  const chosen = { sources: new Map(), tags: new Map() };

  async function openScope() {
    const box = huwen.dialog(await huwen.html(`page/scope?${new URLSearchParams({ search: "" })}`), "scope");
    tick(box);
    box.addEventListener("change", (event) => {
      const { name, value, checked, dataset } = event.target;
      if (!chosen[name]) return;
      if (checked) chosen[name].set(value, dataset.name);
      else chosen[name].delete(value);
      tell();
    });
    box.addEventListener("click", (event) => {
      if (!event.target.closest("[data-all]")) return;
      chosen.sources.clear();
      chosen.tags.clear();
      tell();
      tick(box);
    });
  }

  async function choices(query) {
    const box = $("dialog.scope");
    const fresh = document.createElement("template");
    fresh.innerHTML = await huwen.html(`page/scope?${new URLSearchParams({ search: query })}`);
    box.querySelector(".choices").replaceWith(fresh.content.querySelector(".choices"));
    tick(box);
  }

  function tick(box) {
    box.querySelectorAll("input[type=checkbox]").forEach((each) => { each.checked = chosen[each.name]?.has(each.value) || false; });
  }

  function tell() {
    fill("scope", JSON.stringify({ sources: [...chosen.sources.keys()], tags: [...chosen.tags.keys()] }));
    const names = [...chosen.tags.values(), ...chosen.sources.values()];
    const place = $("#scope-chosen");
    if (!place) return;
    place.textContent = names.length > 1 ? `${names[0]} +${names.length - 1}` : names.join("");
    $("#scope-line").classList.toggle("narrowed", names.length > 0);
  }

  huwen.links.push([/^#scope$/, () => openScope().catch(huwen.failed)]);
  huwen.root.dataset.drawer = isNarrow() ? "" : huwen.root.dataset.drawer || "";
})();
