// What the table lists: by what is pinned, by name, by kind, and by what is resolved.

class Filters {
  constructor(changed) {
    this.root = byId("filters");
    this.root.addEventListener("input", changed);
    this.root.addEventListener("submit", (event) => event.preventDefault());
  }

  // Offer the kinds of an explanation.
  offer(explanation) {
    const select = byId("kind");
    const names = explanation.allKinds.map((kind) => explanation.kindName(kind));
    const chosen = names.includes(select.value) ? select.value : "";
    select.replaceChildren(element("option", { value: "" }, "all kinds"));
    select.append(...names.map((name) => element("option", { value: name }, name)));
    select.value = chosen;
  }

  get isAmongPins() {
    return byId("among-pins").checked;
  }

  // Whether an interaction is listed, as a function of its number.
  of(explanation, { part, pinned, onlyResolved }) {
    const { set, kinds, allKinds, nPlayers } = explanation;
    const isPinned = new Uint8Array(nPlayers);
    for (const player of pinned) isPinned[player] = 1;
    const kind = allKinds.find((one) => explanation.kindName(one) === byId("kind").value);
    const { isAmongPins } = this;
    const searched = this.#searched(explanation);
    return (i) => {
      const size = set.sizes[i];
      if (!size || (part === "alone" && size > 1) || (part === "pairs" && size < 2)) return false;
      if (kind !== undefined && kinds[i] !== kind) return false;
      if (onlyResolved && explanation.resolvedText(i) === "no") return false;
      if (pinned.size && !set.has(i, isPinned, isAmongPins ? size : 1)) return false;
      return searched.every((isFound) => set.has(i, isFound));
    };
  }

  // For each of the searched names, which players have it; several are joined by a "×" or a comma.
  #searched({ names }) {
    const wanted = byId("search").value.toLowerCase().split(/[×,]/).map((one) => one.trim());
    return wanted
      .filter((one) => one)
      .map((one) => Uint8Array.from(names, (name) => name.toLowerCase().includes(one)));
  }
}
