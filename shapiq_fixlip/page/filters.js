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

  // Whether only what is among pins is listed.
  isAmong(pinned) {
    return byId("among-pins").checked && pinned.size > 1;
  }

  // Whether an interaction is listed, as a function of its number.
  of(explanation, { part, pinned, onlyResolved }) {
    const { set, kinds, allKinds, nPlayers } = explanation;
    const isPinned = new Uint8Array(nPlayers);
    for (const player of pinned) isPinned[player] = 1;
    const kind = allKinds.find((one) => explanation.kindName(one) === byId("kind").value);
    const isAmongPins = this.isAmong(pinned);
    const searched = this.#searched(explanation);
    return (i) => {
      const size = set.sizes[i];
      if (!size || (part === "alone" && size > 1) || (part === "pairs" && size < 2)) return false;
      if (kind !== undefined && kinds[i] !== kind) return false;
      if (onlyResolved && explanation.resolvedText(i) === "no") return false;
      if (pinned.size && !set.has(i, isPinned, isAmongPins ? size : 1)) return false;
      if (!searched.every((isFound) => set.has(i, isFound))) return false;
      return searched.length < 2 || areFound(set.players(i), searched);
    };
  }

  // For each of the searched names, which players have it: by a whole word if any has, else by a
  // part. Several are joined by a "×", or by a comma outside of brackets.
  #searched({ names }) {
    const lowered = names.map((name) => name.toLowerCase());
    const wanted = byId("search").value.toLowerCase().split(/×|,(?![^(]*\))/).map((one) => one.trim());
    return wanted
      .filter((one) => one)
      .map((one) => {
        const areWhole = lowered.map((name) => name === one || ` ${name} `.includes(` ${one} `));
        return Uint8Array.from(areWhole.some((is) => is) ? areWhole : lowered.map((name) => name.includes(one)));
      });
  }
}

// Whether each of the searched names is that of another player.
function areFound(players, [isFirst, ...others]) {
  if (isFirst === undefined) return true;
  return players.some((player, k) => isFirst[player] && areFound(players.filter((_, other) => other !== k), others));
}
