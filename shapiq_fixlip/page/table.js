// The table of interactions: sorted and cut here, so that long tables stay fast.

const ROWS_AT_ONCE = 50;
const NORMAL_95 = 1.959964;
const BAR = 96; // the width of a bar in pixels

const COLUMNS = [
  { key: "name", title: "interaction", first: "ascending" },
  { key: "kind", title: "kind", first: "ascending" },
  { key: "value", title: "value", first: "descending" },
  { key: "size", title: "", first: "descending", label: "absolute value" },
  { key: "error", title: "± 95 %", first: "ascending", needs: "errors" },
  { key: "resolved", title: "resolved", first: "descending", needs: "resolved" },
];

class Table {
  constructor(data, on) {
    this.data = data;
    this.rows = document.getElementById("rows");
    this.sorting = { key: "size", order: "descending" };
    this.limit = ROWS_AT_ONCE;
    this.#listen(on);
  }

  #listen(on) {
    const interactionOf = (event) => {
      const row = event.target.closest("tr");
      return row === null ? null : Number(row.dataset.interaction);
    };
    whenLookedAt(this.rows, interactionOf, on.mark);
    this.rows.addEventListener("click", (event) => {
      if (event.target.closest("button")) on.pinAll(interactionOf(event));
    });
    document.getElementById("more").addEventListener("click", (event) => {
      this.limit += 4 * ROWS_AT_ONCE;
      this.#fill();
      if (event.target.hidden) document.getElementById("scrolled").focus();
    });
  }

  // Show the interactions of an explanation for which isShown returns true.
  show(explanation, isShown) {
    this.explanation = explanation;
    this.limit = ROWS_AT_ONCE;
    this.found = [];
    for (let i = 0; i < explanation.set.length; i++) if (isShown(explanation.set.players(i), i)) this.found.push(i);
    this.largest = this.found.reduce((most, i) => Math.max(most, Math.abs(explanation.values[i])), 0);
    this.#sort();
  }

  // The columns of which the explanation has something to tell.
  #columns() {
    return COLUMNS.filter(({ needs }) => needs === undefined || this.explanation[needs] !== null);
  }

  #heads() {
    const heads = this.#columns().map(({ key, title, first, label }) => {
      const isSorted = this.sorting.key === key;
      const head = element("th", { scope: "col", "aria-sort": isSorted ? this.sorting.order : "none" });
      const button = element("button", { type: "button", "data-key": key, "aria-label": label ?? title }, title || "size");
      button.addEventListener("click", () => {
        const other = this.sorting.order === "ascending" ? "descending" : "ascending";
        this.sorting = { key, order: this.sorting.key === key ? other : first };
        this.#sort();
        document.querySelector(`#heads [data-key="${key}"]`).focus();
      });
      head.append(button);
      return head;
    });
    document.getElementById("heads").replaceChildren(...heads);
  }

  #sort() {
    if (!this.#columns().some(({ key }) => key === this.sorting.key)) this.sorting = { key: "size", order: "descending" };
    const { values, errors, resolved, set } = this.explanation;
    const keys = {
      name: (i) => i, // order of the explanation
      kind: (i) => this.#kindNumber(set.players(i)),
      value: (i) => values[i],
      size: (i) => Math.abs(values[i]),
      error: (i) => (Number.isNaN(errors[i]) ? Infinity : errors[i]),
      resolved: (i) => (resolved[i] === LOWER_ORDER ? -1 : resolved[i]),
    };
    const key = keys[this.sorting.key];
    const sign = this.sorting.order === "ascending" ? 1 : -1;
    const of = new Float64Array(set.length);
    for (const i of this.found) of[i] = key(i);
    this.found.sort((a, b) => sign * (of[a] - of[b]) || a - b);
    this.#heads();
    this.#fill();
  }

  #kindNumber(players) {
    let nText = 0;
    for (const player of players) nText += player >= this.data.n_players_image;
    return players.length * 16 + nText;
  }

  #kind(players) {
    return Array.from(players, (player) => this.data.kinds[Number(player >= this.data.n_players_image)]).join(" × ");
  }

  name(players) {
    return Array.from(players, (player) => this.data.player_names[player]).join(" × ");
  }

  // Replace the rows; the keyboard focus stays on its row.
  #fill() {
    const focused = this.rows.contains(document.activeElement)
      ? document.activeElement.closest("tr").dataset.interaction
      : null;
    this.rows.replaceChildren(...this.found.slice(0, this.limit).map((i) => this.#row(i)));
    if (focused !== null) this.rows.querySelector(`[data-interaction="${focused}"] button`)?.focus();
    document.getElementById("more").hidden = this.found.length <= this.limit;
    const n = Math.min(this.limit, this.found.length);
    document.getElementById("shown").textContent = `${n} of ${this.found.length}`;
  }

  #row(i) {
    const { values, errors, resolved, set } = this.explanation;
    const players = set.players(i);
    const row = element("tr", { "data-interaction": i });
    const name = element("td");
    name.append(element("button", { type: "button" }, this.name(players)));
    const bar = element("td");
    bar.append(this.#bar(values[i], errors ? NORMAL_95 * errors[i] : 0));
    row.append(
      name,
      element("td", { class: "kind" }, this.#kind(players)),
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

  // A bar from zero, with its interval as a line.
  #bar(value, error) {
    const scale = BAR / 2 / (this.largest || 1);
    const bar = drawing("svg", { class: "bar", viewBox: `${-BAR / 2} 0 ${BAR} 16`, "aria-hidden": "true" });
    const width = Math.abs(value) * scale;
    const part = drawing("rect", { x: value > 0 ? 0 : -width, y: 3, width, height: 10 });
    part.classList.add(value > 0 ? "raises" : "lowers");
    bar.append(part);
    if (error) {
      const reach = Math.min(error * scale, BAR);
      bar.append(drawing("line", { x1: value * scale - reach, x2: value * scale + reach, y1: 8, y2: 8 }));
    }
    return bar;
  }
}
