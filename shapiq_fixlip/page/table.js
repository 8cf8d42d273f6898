// The table of interactions. It is filled as needed, so that half a million rows stay fast.

const ROWS_AT_ONCE = 50;
const NORMAL_95 = 1.959964;
const BAR = 96; // the width of a bar in pixels
const NEAR = 200; // pixels from the end of the table at which more rows are added

const COLUMNS = [
  { key: "interaction", title: "interaction", first: "ascending" },
  { key: "kind", title: "kind", first: "ascending" },
  { key: "value", title: "value", first: "descending" },
  { key: "size", title: "size", first: "descending", label: "size: absolute value" },
  { key: "error", title: "± 95 %", first: "ascending", needs: "errors" },
  { key: "resolved", title: "resolved", first: "descending", needs: "resolved" },
];

class Table {
  constructor(on) {
    this.rows = byId("rows");
    this.sorting = { key: "size", isReversed: false };
    this.#listen(on);
  }

  #listen(on) {
    const interactionOf = ({ target }) => {
      const row = target.closest("tr");
      return row === null ? null : Number(row.dataset.interaction);
    };
    whenLookedAt(this.rows, interactionOf, on.mark);
    this.rows.addEventListener("click", (event) => {
      if (event.target.closest("button")) on.pinAll(interactionOf(event));
    });
    const scrolled = byId("scrolled");
    scrolled.addEventListener("scroll", () => {
      if (scrolled.scrollTop + scrolled.clientHeight > scrolled.scrollHeight - NEAR) this.#add(ROWS_AT_ONCE);
    });
    byId("more").addEventListener("click", (event) => {
      this.#add(4 * ROWS_AT_ONCE);
      if (event.target.hidden) scrolled.focus();
    });
  }

  // Show the interactions of an explanation for which isShown returns true.
  show(explanation, isShown) {
    const focused = this.rows.contains(document.activeElement)
      ? document.activeElement.closest("tr").dataset.interaction
      : null;
    const { errors, values, set } = explanation;
    this.explanation = explanation;
    this.isFound = new Uint8Array(set.length);
    [this.nFound, this.longest] = [0, 0];
    for (let i = 0; i < set.length; i++) {
      if (!isShown(i)) continue;
      this.isFound[i] = 1;
      this.nFound++;
      this.longest = Math.max(this.longest, Math.abs(values[i]));
    }
    this.longest = (this.longest || 1) * (errors === null ? 1 : 1.25); // room for intervals
    this.#sort();
    if (focused !== null) this.rows.querySelector(`[data-interaction="${focused}"] button`)?.focus();
  }

  // The columns of which the explanation has something to tell.
  #columns() {
    return COLUMNS.filter(({ needs }) => needs === undefined || this.explanation[needs] !== null);
  }

  #heads() {
    const heads = this.#columns().map(({ key, title, first, label }) => {
      const isSorted = this.sorting.key === key;
      const other = first === "ascending" ? "descending" : "ascending";
      const order = this.sorting.isReversed ? other : first;
      const head = element("th", { scope: "col", "aria-sort": isSorted ? order : "none" });
      const button = element("button", { type: "button", "data-key": key, "aria-label": label ?? title }, title);
      button.addEventListener("click", () => {
        this.sorting = { key, isReversed: isSorted && !this.sorting.isReversed };
        this.#sort();
        document.querySelector(`#heads [data-key="${key}"]`).focus();
      });
      head.append(button);
      return head;
    });
    byId("heads").replaceChildren(...heads);
  }

  #sort() {
    if (!this.#columns().some(({ key }) => key === this.sorting.key)) this.sorting = { key: "size", isReversed: false };
    this.#heads();
    this.order = this.explanation.order(this.sorting.key);
    this.at = 0;
    this.rows.replaceChildren();
    byId("scrolled").scrollTop = 0;
    this.#add(ROWS_AT_ONCE);
  }

  // Add rows of the next interactions that are shown.
  #add(n) {
    const added = [];
    const last = this.order.length - 1;
    for (; added.length < n && this.at <= last; this.at++) {
      const i = this.order[this.sorting.isReversed ? last - this.at : this.at];
      if (this.isFound[i]) added.push(this.#row(i));
    }
    this.rows.append(...added);
    const nRows = this.rows.children.length;
    byId("more").hidden = nRows >= this.nFound;
    byId("shown").textContent = `${nRows.toLocaleString("en")} of ${this.nFound.toLocaleString("en")}`;
  }

  mark(interaction) {
    for (const row of this.rows.children) row.classList.toggle("marked", Number(row.dataset.interaction) === interaction);
  }

  #row(i) {
    const { values, errors, resolved, kinds } = this.explanation;
    const row = element("tr", { "data-interaction": i });
    const name = element("td");
    name.append(element("button", { type: "button" }, this.explanation.shownName(i)));
    const bar = element("td");
    bar.append(this.#bar(values[i], errors ? NORMAL_95 * errors[i] : 0));
    row.append(
      name,
      element("td", { class: "kind" }, this.explanation.kindName(kinds[i])),
      element("td", { class: "number" }, written(values[i])),
      bar,
    );
    if (errors) row.append(element("td", { class: "number" }, this.#margin(errors[i])));
    if (resolved) row.append(element("td", { class: "kind" }, this.explanation.resolvedText(i)));
    return row;
  }

  #margin(error) {
    return Number.isNaN(error) ? "unknown" : sized(NORMAL_95 * error);
  }

  // A bar from zero, with its interval as a line, which ends at the edge of the cell.
  #bar(value, error) {
    const scale = BAR / 2 / this.longest;
    const bar = drawing("svg", { class: "bar", viewBox: `${-BAR / 2} 0 ${BAR} 16`, "aria-hidden": "true" });
    const width = Math.abs(value) * scale;
    const part = drawing("rect", { x: value > 0 ? 0 : -width, y: 3, width, height: 10 });
    part.classList.add(value > 0 ? "raises" : "lowers");
    bar.append(part);
    if (error) {
      const [x1, x2] = [value - error, value + error].map((end) => Math.max(-BAR, Math.min(BAR, end * scale)));
      bar.append(drawing("line", { x1, x2, y1: 8, y2: 8 }));
    }
    return bar;
  }
}
