// The state of the page, and everything that is drawn from it.

const MOST_TOLD = 3;
const LINKS_OF_FEW = 12;

class Page {
  constructor(data) {
    this.data = data;
    const sets = data.sets.map((raw) => new InteractionSet(raw));
    this.explanations = data.explanations.map(
      (raw) => new Explanation(raw, sets[raw.set], data.n_players_image, data.player_names.length),
    );
    const nLinks = data.maps.length ? 0 : LINKS_OF_FEW; // maps show the pairs of many patches
    document.getElementById("links").value = nLinks;
    this.state = { explanation: 0, part: "both", nLinks, pointed: null, pinned: new Set(), marked: null, onlyResolved: false };
    this.stage = new Stage(data, {
      point: (player) => this.change({ pointed: player === null ? null : [player] }),
      pin: (player) => this.pin([player]),
    });
    this.scales = new Scales(data);
    this.maps = new Maps(data, {
      point: (players) => this.change({ pointed: players }),
      pin: (players) => this.pin(players),
    });
    this.table = new Table(data, {
      mark: (interaction) => this.change({ marked: interaction }),
      pinAll: (interaction) => this.pin(Array.from(this.explanation.set.players(interaction)), true),
    });
    this.#controls();
    this.#list();
    this.draw();
  }

  get explanation() {
    return this.explanations[this.state.explanation];
  }

  change(part) {
    Object.assign(this.state, part);
    this.draw();
  }

  // The largest number of any map in all explanations.
  get mapLimit() {
    const nImage = this.data.n_players_image;
    const largestOf = (explanation, { players }) => largest(explanation.pairsWith(players).slice(0, nImage));
    const all = this.explanations.flatMap((explanation) => this.data.maps.map((map) => largestOf(explanation, map)));
    return Math.max(...all, 0);
  }

  // Pin players, or release them if all are pinned; with "only", release all others.
  pin(players, only = false) {
    const pinned = only ? new Set() : new Set(this.state.pinned);
    const areAll = players.every((player) => pinned.has(player));
    for (const player of players) areAll ? pinned.delete(player) : pinned.add(player);
    this.state.pinned = pinned;
    this.#list();
    this.draw();
  }

  #controls() {
    const select = document.getElementById("explanation");
    select.append(...this.data.explanations.map(({ label }, i) => element("option", { value: i }, label)));
    document.getElementById("choice").hidden = this.explanations.length < 2;
    const isTold = this.explanations.some(({ resolved }) => resolved !== null);
    for (const id of ["resolved-choice", "resolved-hint"]) document.getElementById(id).hidden = !isTold;
    const hasMore = this.explanations.some(({ set }) => set.sizes.some((size) => size > 2));
    if (hasMore) document.getElementById("pairs-label").textContent = "interactions";
    document.getElementById("controls").addEventListener("input", () => this.#read());
    document.getElementById("controls").addEventListener("submit", (event) => event.preventDefault());
    document.getElementById("release").addEventListener("click", () => {
      this.pin([], true);
      document.getElementById("links").focus(); // as this button is hidden now
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.pin([], true);
    });
    document.getElementById("download").addEventListener("click", () => this.#download());
    document.getElementById("theme").addEventListener("click", () => {
      const root = document.documentElement.dataset;
      const preferred = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
      root.theme = (root.theme ?? preferred) === "dark" ? "light" : "dark";
    });
    addEventListener("resize", () => this.draw());
    document.getElementById("image").addEventListener("load", () => this.draw());
  }

  #read() {
    const part = document.querySelector("input[name=part]:checked").value;
    const explanation = Number(document.getElementById("explanation").value);
    const nLinks = Number(document.getElementById("links").value);
    const onlyResolved = document.getElementById("only-resolved").checked;
    const { state } = this;
    const isListed =
      part === state.part && explanation === state.explanation && onlyResolved === state.onlyResolved;
    Object.assign(state, { part, explanation, nLinks, onlyResolved, marked: null });
    if (!isListed) this.#list();
    this.draw();
  }

  // The active players: those of a marked row, else the pinned ones, else the one pointed at.
  #active() {
    const { pinned, pointed, marked } = this.state;
    if (marked !== null) return new Set(this.explanation.set.players(marked));
    if (pinned.size) return pinned;
    return new Set(pointed ?? []);
  }

  draw() {
    const { part, nLinks, pinned, marked } = this.state;
    const { explanation } = this;
    this.stage.show(explanation.raw.picture);
    document.getElementById("n-links").textContent = nLinks;
    document.getElementById("release").classList.toggle("idle", !pinned.size);
    const active = this.#active();
    const showsPairs = active.size > 0 && marked === null && part !== "first";
    const numbers = showsPairs ? explanation.pairsWith(active) : explanation.contributions(part);
    const links = this.#links(active, nLinks);
    const chosen = showsPairs ? active : null;
    const limits = this.#limits(chosen, part);
    this.stage.paint({ numbers, limits, active, pinned, links });
    const { onlyResolved } = this.state;
    const { mapLimit } = this;
    this.maps.show({ explanation, picture: this.stage.picture, limit: mapLimit, pinned, onlyResolved });
    this.scales.show({ limits, chosen, hasLinks: links.length > 0, mapLimit });
    document.getElementById("status").textContent = this.#told(active, marked);
    for (const row of this.table.rows.children) {
      row.classList.toggle("marked", Number(row.dataset.interaction) === marked);
    }
  }

  // The strongest pairs of an image and a text player, only of active players if there are any.
  #links(active, nLinks) {
    const { links, set, values, nImage } = this.explanation;
    const { part, marked, onlyResolved } = this.state;
    const found = [];
    if (part === "first") return found;
    for (const i of links) {
      if (found.length >= nLinks) break;
      const [patch, word] = set.players(i);
      const resolved = this.explanation.resolvedText(i);
      if (onlyResolved && resolved === "no") continue;
      const isShown = marked === null ? !active.size || active.has(patch) || active.has(word) : i === marked;
      if (isShown) found.push({ patch, word: word - nImage, value: values[i], resolved });
    }
    return found;
  }

  // The largest numbers of each kind in all explanations; of pairs, the same for all players.
  #limits(chosen, part) {
    const nImage = this.data.n_players_image;
    const most = (numberOf) => Math.max(...this.explanations.map(numberOf));
    const pairs = most(({ largestPair }) => largestPair) || 1;
    if (chosen !== null) {
      const limit = Math.max(pairs, most((explanation) => largest(explanation.pairsWith(chosen))));
      return { image: limit, text: limit, pairs };
    }
    return {
      image: most((explanation) => largest(explanation.contributions(part).slice(0, nImage))),
      text: most((explanation) => largest(explanation.contributions(part).slice(nImage))),
      pairs,
    };
  }

  #told(active, marked) {
    const { explanation, data } = this;
    if (marked !== null) {
      return `${this.table.name(explanation.set.players(marked))}: ${written(explanation.values[marked])}`;
    }
    const { pointed } = this.state;
    const told = pointed === null ? active : new Set(pointed); // also if others are pinned
    if (!told.size) return "";
    const sums = explanation.pairsWith(told);
    const strongest = Array.from(sums.keys())
      .filter((player) => sums[player] !== 0)
      .sort((a, b) => Math.abs(sums[b]) - Math.abs(sums[a]))
      .slice(0, MOST_TOLD)
      .map((player) => `${data.player_names[player]} ${written(sums[player])}`);
    const players = Array.from(told);
    const own = players.map((player) => `${data.player_names[player]} ${written(explanation.single[player])}`).join(", ");
    return strongest.length ? `${own}; strongest pairs: ${strongest.join(", ")}` : own;
  }

  #list() {
    const { part, pinned, onlyResolved } = this.state;
    const { explanation } = this;
    const chosen = Array.from(pinned);
    this.table.show(explanation, (players, i) => {
      if (!players.length || (onlyResolved && explanation.resolvedText(i) === "no")) return false;
      if (part === "first" ? players.length > 1 : part === "pairs" && players.length < 2) return false;
      return chosen.length > 1 && players.length > 1
        ? players.filter((player) => pinned.has(player)).length > 1
        : !chosen.length || players.some((player) => pinned.has(player));
    });
    const facts = explanation.raw.facts.flatMap(([name, fact]) => [element("dt", {}, name), element("dd", {}, fact)]);
    document.getElementById("facts").replaceChildren(...facts);
  }

  #download() {
    const address = URL.createObjectURL(new Blob([this.explanation.file()], { type: "application/json" }));
    const label = this.explanation.raw.label.replace(/[^\p{L}\p{N}.=-]+/gu, "-");
    const link = element("a", { href: address, download: `${label || "explanation"}.json` });
    link.click();
    URL.revokeObjectURL(address);
  }
}

new Page(JSON.parse(document.getElementById("data").textContent));
