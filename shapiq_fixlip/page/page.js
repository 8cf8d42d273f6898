// The state of the page, and everything that is drawn from it.

const LINKS_OF_FEW = 12;

class Page {
  constructor(data) {
    const sets = data.sets.map((raw) => new InteractionSet(raw));
    this.explanations = data.explanations.map((raw) => new Explanation(raw, data, sets[raw.set]));
    const nLinks = data.captions.some(({ maps }) => maps.length) ? 0 : LINKS_OF_FEW; // maps show the pairs of many patches
    byId("links").value = nLinks;
    this.state = {
      number: 0, // of the explanation
      part: "total",
      nLinks,
      onlyResolved: false,
      isRemoving: false, // whether a click removes a player, or else pins it
      pointed: null,
      marked: null, // a row of the table
      pinned: new Set(),
      removed: new Set(),
    };
    this.#assemble();
    this.#listen();
    this.#list();
    this.draw();
    whenIdle(() => this.explanations.forEach((explanation) => explanation.order("value")));
  }

  get explanation() {
    return this.explanations[this.state.number];
  }

  get isPresent() {
    const isPresent = new Uint8Array(this.explanation.nPlayers).fill(1);
    for (const player of this.state.removed) isPresent[player] = 0;
    return isPresent;
  }

  change(part) {
    Object.assign(this.state, part);
    this.draw();
  }

  #assemble() {
    const point = (players) => this.change({ pointed: players });
    this.tabs = new Tabs(this.explanations.map(({ raw }) => raw.label), (number) => this.#switch(number));
    this.stage = new Stage({
      point: (player) => point(player === null ? null : [player]),
      choose: (player) => this.#choose([player]),
      brush: (player, isFirst) => this.#brush(player, isFirst),
    });
    this.maps = new Maps({ point, choose: (players) => this.#choose(players) });
    this.scales = new Scales();
    this.filters = new Filters(() => {
      this.#list();
      this.draw();
    });
    this.table = new Table({
      mark: (interaction) => this.change({ marked: interaction }),
      pinAll: (interaction) => this.pin(Array.from(this.explanation.set.players(interaction)), true),
    });
    this.whatIf = new WhatIf({
      mode: (isRemoving) => this.change({ isRemoving }),
      explanation: () => this.explanation,
      isPresent: () => this.isPresent,
      remove: (players) => this.change({ removed: new Set([...this.state.removed, ...players]) }),
      keepPins: () => this.#keepPins(),
      bringBack: () => this.change({ removed: new Set() }),
    });
    new TakeAway(() => this.explanation);
  }

  #listen() {
    byId("controls").addEventListener("input", () => this.#read());
    byId("controls").addEventListener("submit", (event) => event.preventDefault());
    byId("release").addEventListener("click", () => {
      this.pin([], true);
      byId("links").focus(); // as this button is hidden now
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && event.target !== byId("search")) this.pin([], true);
    });
    byId("theme").addEventListener("click", () => {
      const root = document.documentElement.dataset;
      const preferred = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
      root.theme = (root.theme ?? preferred) === "dark" ? "light" : "dark";
    });
    addEventListener("resize", () => this.draw());
    byId("image").addEventListener("load", () => this.draw());
  }

  #read() {
    const part = document.querySelector("input[name=part]:checked").value;
    const onlyResolved = byId("only-resolved").checked;
    const isListed = part === this.state.part && onlyResolved === this.state.onlyResolved;
    Object.assign(this.state, { part, onlyResolved, nLinks: Number(byId("links").value), marked: null });
    if (!isListed) this.#list();
    this.draw();
  }

  // Show another explanation; what is pinned or away stays so where it has players of these names.
  #switch(number) {
    const { names, caption } = this.explanation;
    Object.assign(this.state, { number, marked: null, pointed: null });
    if (this.explanation.caption !== caption) {
      const places = new Map(this.explanation.names.map((name, player) => [name, player]));
      for (const key of ["pinned", "removed"]) {
        const kept = Array.from(this.state[key], (player) => places.get(names[player]));
        this.state[key] = new Set(kept.filter((player) => player !== undefined));
      }
    }
    if (!this.explanation.raw.predicts) Object.assign(this.state, { isRemoving: false, removed: new Set() });
    this.#list();
    this.draw();
  }

  // Pin players, or release them if all are pinned; with "only", release all others.
  pin(players, only = false) {
    const pinned = only ? new Set() : new Set(this.state.pinned);
    this.state.pinned = toggled(pinned, players);
    this.#list();
    this.draw();
  }

  // What a click does: it removes or pins.
  #choose(players) {
    if (this.state.isRemoving) this.remove(players);
    else this.pin(players);
  }

  // Remove players, or bring them back if all are away.
  remove(players) {
    this.change({ removed: toggled(new Set(this.state.removed), players) });
  }

  // All players on the way of a brush become what the first one becomes: away, or present again.
  #brush(player, isFirst) {
    if (isFirst) this.isErasing = !this.state.removed.has(player);
    if (this.state.removed.has(player) !== this.isErasing) this.remove([player]);
  }

  #keepPins() {
    const all = Array.from(this.explanation.names.keys());
    this.change({ removed: new Set(all.filter((player) => !this.state.pinned.has(player))) });
  }

  // The active players: those of a marked row, else the pinned ones, else those pointed at.
  #active() {
    const { pinned, pointed, marked } = this.state;
    if (marked !== null) return new Set(this.explanation.set.players(marked));
    if (pinned.size) return pinned;
    return new Set(pointed ?? []);
  }

  draw() {
    const { part, pinned, removed, marked, isRemoving, onlyResolved, number } = this.state;
    const { explanation, isPresent } = this;
    this.tabs.show(number);
    showAnswer(explanation);
    this.stage.isBrush = isRemoving;
    this.stage.show(explanation);
    byId("stage").classList.toggle("removing", isRemoving);
    byId("n-links").textContent = this.state.nLinks;
    byId("release").classList.toggle("idle", !pinned.size);
    const found = this.#found(isPresent);
    const active = this.#active();
    const showsPairs = active.size > 0 && marked === null && part !== "alone" && !isRemoving;
    const present = showsPairs ? Array.from(active).filter((player) => isPresent[player]) : null;
    const numbers = showsPairs ? explanation.pairsWith(present) : found[part];
    const limits = this.#limits(present, part);
    const links = this.#links(active, isPresent);
    this.stage.paint({ numbers, limits, active, pressed: isRemoving ? removed : pinned, isPresent });
    drawLinks(links, limits.pairs, this.stage);
    const mapLimit = explanation.caption.maps.length ? this.mapLimit : 0;
    this.maps.show({ explanation, limit: mapLimit, pinned, onlyResolved, isPresent });
    this.scales.show({ explanation, limits, chosen: showsPairs ? active : null, hasLinks: links.length > 0, mapLimit });
    this.whatIf.show({ explanation, found, nRemoved: removed.size, pinned, isRemoving });
    byId("status").textContent = told(explanation, { active, isPresent, found, ...this.state });
    this.table.mark(marked);
  }

  // The sums among the players that are present; kept, as they change only with these.
  #found(isPresent) {
    const { explanation } = this;
    if (!this.state.removed.size) return explanation.whole;
    const key = `${this.state.number}:${isPresent.join("")}`;
    if (this.summed?.key !== key) this.summed = { key, found: explanation.inside(isPresent) };
    return this.summed.found;
  }

  // The strongest pairs of an image and a text player, only of active players if there are any.
  #links(active, isPresent) {
    const { links, set, values, nImage } = this.explanation;
    const { part, marked, onlyResolved, nLinks, pinned } = this.state;
    const found = [];
    if (part === "alone") return found;
    const least = this.filters.isAmong(pinned) ? 2 : 1;
    for (const i of links) {
      if (found.length >= nLinks) break;
      const [patch, word] = set.players(i);
      const resolved = this.explanation.resolvedText(i);
      if ((onlyResolved && resolved === "no") || !isPresent[patch] || !isPresent[word]) continue;
      const nActive = Number(active.has(patch)) + Number(active.has(word));
      const isShown = marked === null ? !active.size || nActive >= least : i === marked;
      if (isShown) found.push({ patch, word: word - nImage, value: values[i], resolved });
    }
    return found;
  }

  // The largest numbers of each kind in all explanations; of pairs, the same for all players.
  #limits(chosen, part) {
    const most = (numberOf) => Math.max(...this.explanations.map(numberOf));
    const pairs = most(({ largestPair }) => largestPair) || 1;
    if (chosen !== null) {
      const ofText = this.explanations.filter(({ caption }) => caption === this.explanation.caption);
      const limit = Math.max(pairs, ...ofText.map((explanation) => largest(explanation.pairsWith(chosen))));
      return { image: limit, text: limit, pairs };
    }
    return {
      image: most(({ whole, nImage }) => largest(whole[part].slice(0, nImage))),
      text: most(({ whole, nImage }) => largest(whole[part].slice(nImage))),
      pairs,
    };
  }

  // The largest number of any map in all explanations.
  get mapLimit() {
    this.largestInMaps ??= Math.max(
      ...this.explanations.flatMap((explanation) =>
        explanation.caption.maps.map(({ players }) => largest(explanation.pairsWith(players).slice(0, explanation.nImage))),
      ),
    );
    return this.largestInMaps;
  }

  #list() {
    const { explanation, state } = this;
    const isTold = explanation.resolved !== null;
    for (const id of ["resolved-choice", "resolved-hint"]) byId(id).hidden = !isTold;
    byId("pairs-label").textContent = explanation.set.highest > 2 ? "interactions" : "pairs";
    byId("among-pins").disabled = state.pinned.size < 2;
    this.filters.offer(explanation);
    this.table.show(explanation, this.filters.of(explanation, state));
    const facts = explanation.raw.facts.flatMap(([name, fact]) => [element("dt", {}, name), element("dd", {}, fact)]);
    byId("facts").replaceChildren(...facts);
  }
}

// Add all of some players to a set, or take them out if all are in it.
function toggled(chosen, players) {
  const areAll = players.every((player) => chosen.has(player));
  for (const player of players) areAll ? chosen.delete(player) : chosen.add(player);
  return chosen;
}

const page = new Page(JSON.parse(byId("data").textContent));
