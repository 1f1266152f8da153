// The document reader: a document's text, or its pages as images with the quoted words marked.
(() => {
  const { $, $$, set, text } = huwen;

  const ZOOMS = [1, 1.5, 2, 3, 4];

  huwen.labels.push(
    [".reader .reader-views", "aria-label", "reader views"],
    [".reader .page-box", "aria-label", "page box"],
    [".table-box", "aria-label", "table"],
    [".reader .page-number input", "aria-label", "page number"],
    [".reader .turn.previous", "aria-label", "page before"],
    [".reader .turn.previous", "title", "page before"],
    [".reader .turn.next", "aria-label", "page after"],
    [".reader .turn.next", "title", "page after"],
    [".reader [data-zoom='1']", "aria-label", "zoom in"],
    [".reader [data-zoom='-1']", "aria-label", "zoom out"],
  );

  // the description of a page in the page's language
  const describe = () => $$(".reader img[data-alt-zh]").forEach((image) => set(image, "alt", image.getAttribute(`data-alt-${huwen.root.dataset.ui}`)));
  document.addEventListener("huwen:language", describe);

  huwen.openDocument = async (source, asked) => {
    try {
      const address = `page/sources/${encodeURIComponent(source)}`;
      const box = huwen.dialog(await huwen.html(`${address}?${asked}`), "reader");
      const views = box.querySelector(".reader-views");
      if (!views) return showText(box);
      new PageReader(box, address, asked);
    } catch (error) { huwen.failed(error); }
  };

  // in each table that scrolls in a box of its own: the cited cell
  huwen.revealMarks = (place) => place.querySelectorAll(".table-box").forEach((box) => {
    const mark = box.querySelector("mark:not(.told)") || box.querySelector("mark");
    if (!mark) return;
    const at = mark.getBoundingClientRect();
    const around = box.getBoundingClientRect();
    box.scrollTop += at.top - around.top - (box.clientHeight - at.height) / 2;
    box.scrollLeft += at.left - around.left - (box.clientWidth - at.width) / 2;
  });

  function showText(box) {
    huwen.revealMarks(box);
    (box.querySelector("article mark") || box.querySelector("tr.here") || box.querySelector(".here"))?.scrollIntoView({ block: "center" });
  }

  class PageReader {
    constructor(box, address, asked) {
      Object.assign(this, { box, address, asked, zoom: 0, turn: 0, isShown: false });
      this.article = box.querySelector("article");
      this.place = document.createElement("div");
      this.place.className = "page-place";
      this.place.hidden = true;
      this.article.before(this.place);
      box.addEventListener("click", (event) => this.click(event));
      box.addEventListener("change", (event) => { if (event.target.matches(".page-number input")) this.open(Number(event.target.value)); });
      box.addEventListener("keydown", (event) => this.key(event));
      // a file that must be converted first takes long: its text is shown until its pages are asked for
      this.show(box.querySelector(".reader-views[data-waiting]") ? "text" : "pages");
    }

    show(view) {
      this.box.querySelectorAll(".reader-views button").forEach((button) => set(button, "aria-pressed", String(button.dataset.view === view)));
      const isPages = view === "pages";
      this.place.hidden = !isPages;
      this.article.hidden = isPages;
      this.box.classList.toggle("as-pages", isPages);
      if (!isPages) showText(this.box);
      else if (!this.isShown) this.open(0);
      else this.settle();
    }

    // page `number`, or for 0 the one with the quoted words
    async open(number) {
      const turn = ++this.turn;
      const isFirst = !this.isShown;
      if (isFirst) this.wait();
      const asked = new URLSearchParams(this.asked);
      asked.set("number", String(Math.max(0, Math.trunc(number) || 0)));
      const focused = document.activeElement?.matches?.(".page-bar *") ? document.activeElement.className : "";
      try {
        const html = await huwen.html(`${this.address}/pages?${asked}`);
        if (turn !== this.turn || !this.box.isConnected) return;
        this.place.innerHTML = html;
        huwen.relabel();
        describe();
        if (!this.place.querySelector(".paper")) return this.refuse();
        this.isShown = true;
        this.settle();
        this.keepFocus(focused);
        if (!isFirst) huwen.hear(this.place.querySelector("img").alt);
      } catch (error) {
        if (turn !== this.turn || !this.box.isConnected) return;
        if (isFirst) { this.place.replaceChildren(); this.refuse(); }
        huwen.failed(error);
      }
    }

    wait() {
      const isWaiting = this.box.querySelector(".reader-views[data-waiting]");
      const line = Object.assign(document.createElement("p"), { className: "aside drawing", textContent: text(isWaiting ? "converting" : "drawing page") });
      line.setAttribute("role", "status");
      this.place.replaceChildren(line);
    }

    // the text instead, with the sentence why above it
    refuse() {
      const sentence = this.place.querySelector(".no-page");
      this.box.querySelector(".reader-views")?.remove();
      this.place.hidden = !sentence;
      this.article.hidden = false;
      this.box.classList.remove("as-pages");
      showText(this.box);
    }

    // the zoom that was chosen, and the marks in view
    settle() {
      const paper = this.place.querySelector(".paper");
      if (!paper) return;
      this.enlarge(0);
      const box = this.place.querySelector(".page-box");
      const mark = paper.querySelector(".page-mark");
      if (!mark) return;
      const at = mark.getBoundingClientRect();
      const around = box.getBoundingClientRect();
      box.scrollTop += at.top - around.top - box.clientHeight / 3;
      box.scrollLeft += at.left - around.left - box.clientWidth / 4;
    }

    enlarge(step) {
      const box = this.place.querySelector(".page-box");
      const paper = this.place.querySelector(".paper");
      const middle = (box.scrollTop + box.clientHeight / 2) / box.scrollHeight;
      const centre = (box.scrollLeft + box.clientWidth / 2) / box.scrollWidth;
      this.zoom = Math.max(0, Math.min(ZOOMS.length - 1, this.zoom + step));
      paper.style.width = `${100 * ZOOMS[this.zoom]}%`;
      paper.querySelector("img").sizes = `${Math.ceil(paper.clientWidth)}px`; // the browser takes an image that is sharp at this width
      box.scrollTop = middle * box.scrollHeight - box.clientHeight / 2;
      box.scrollLeft = centre * box.scrollWidth - box.clientWidth / 2;
      this.place.querySelector("output").textContent = `${100 * ZOOMS[this.zoom]}%`;
      this.place.querySelector("[data-zoom='1']").disabled = this.zoom === ZOOMS.length - 1;
      this.place.querySelector("[data-zoom='-1']").disabled = this.zoom === 0;
    }

    keepFocus(name) {
      const same = name && this.place.querySelector(`.page-bar .${name.split(" ").join(".")}:not([disabled])`);
      if (same) same.focus({ preventScroll: true });
      else if (document.activeElement === document.body || !this.box.contains(document.activeElement)) this.place.querySelector(".page-box").focus({ preventScroll: true });
    }

    click(event) {
      const button = event.target instanceof Element && event.target.closest("button");
      if (!button) return;
      if (button.dataset.view) this.show(button.dataset.view);
      else if (button.dataset.page) this.open(Number(button.dataset.page));
      else if (button.dataset.zoom) this.enlarge(Number(button.dataset.zoom));
    }

    // in the image: arrows turn a page that is not enlarged, + and − enlarge
    key(event) {
      if (!(event.target instanceof Element) || !event.target.closest(".page-box") || event.ctrlKey || event.metaKey || event.altKey) return;
      const isWhole = this.zoom === 0;
      const press = (selector) => {
        const button = this.place.querySelector(`${selector}:not([disabled])`);
        if (button) { event.preventDefault(); button.click(); }
      };
      if (event.key === "ArrowRight" && isWhole) press(".turn.next");
      else if (event.key === "ArrowLeft" && isWhole) press(".turn.previous");
      else if (event.key === "+" || event.key === "=") press("[data-zoom='1']");
      else if (event.key === "-") press("[data-zoom='-1']");
    }
  }
})();
