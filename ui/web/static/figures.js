// The figures of the library: a list with filters, the contradictions among them, and each figure's words in its document.
(() => {
  const { $, $$ } = huwen;
  const PATH = "page/figures";

  huwen.labels.push(
    ["#library .lists", "aria-label", "figure lists"],
    ["#figures-query", "placeholder", "find figure"],
    ["#figures-query", "aria-label", "find figure"],
    ["#figures-year", "placeholder", "year of figure"],
    ["#figures-year", "aria-label", "year of figure"],
    ["#figures-unit", "placeholder", "unit of figure"],
    ["#figures-unit", "aria-label", "unit of figure"],
    ["#figures-kind", "aria-label", "kind of figure"],
  );

  let kind = "figures"; // or conflicts
  let asked = 0; // of several answers under way the last one counts
  const PACE = 2000; // milliseconds between two looks while figures are being read

  const isShown = () => huwen.root.dataset.view === "library" && !$("#library section[data-part=figures]")?.hidden;

  async function list(page = 1) {
    const mine = ++asked;
    const query = new URLSearchParams({
      query: $("#figures-query").value.trim(), year: $("#figures-year").value.trim(), unit: $("#figures-unit").value.trim(),
      kind: $("#figures-kind").value, page: String(page),
    });
    const place = $("#figures-list");
    place.setAttribute("aria-busy", "true");
    try {
      const html = await huwen.html(`${PATH}${kind === "conflicts" ? "/conflicts" : ""}?${query}`);
      if (mine !== asked) return;
      place.innerHTML = html;
      if (place.querySelector(".gaps.making")) setTimeout(() => { if (mine === asked && isShown()) list(page); }, PACE);
    } catch (error) { huwen.failed(error); }
    place.removeAttribute("aria-busy");
  }

  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("#library button") : null;
    if (!button) return;
    const { dataset } = button;
    try {
      if (dataset.part === "figures") await list();
      else if (dataset.figureList) {
        kind = dataset.figureList;
        $$("#library .lists button").forEach((other) => huwen.set(other, "aria-pressed", String(other === button)));
        await list();
      } else if (dataset.figures) {
        await list(Number(dataset.figures));
        huwen.glide($("#figures-find"), "start");
      } else if (dataset.words) await read(button);
    } catch (error) { huwen.failed(error); }
  });

  async function read(button) { // the sentence framed, the figure in it marked
    const [start, end] = button.dataset.sentence.split("-");
    const query = new URLSearchParams({ start, end, quote: button.dataset.words });
    await huwen.openDocument(button.closest("[data-id]").dataset.id, query);
  }

  let typing;
  document.addEventListener("input", (event) => {
    if (!["figures-query", "figures-year", "figures-unit"].includes(event.target.id)) return;
    clearTimeout(typing);
    typing = setTimeout(list, 250);
  });
  document.addEventListener("change", (event) => { if (event.target.id === "figures-kind") list(); });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "figures-find") return;
    event.preventDefault();
    list();
  });
})();
