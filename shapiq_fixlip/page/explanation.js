// An explanation: its players, its numbers, and the sums that the page shows.

const KIND = 64; // more than the most players of an interaction; numbers of kinds are of this base

class Explanation {
  constructor(raw, data, set) {
    Object.assign(this, { raw, set });
    this.caption = data.captions[raw.caption];
    this.picture = data.pictures[raw.picture];
    this.names = [...data.image_names, ...this.caption.names];
    this.sideKinds = [data.image_kind, this.caption.kind];
    this.nImage = data.image_names.length;
    this.nText = this.caption.names.length;
    this.nPlayers = this.nImage + this.nText;
    this.values = decoded(raw.values, Float32Array);
    this.errors = this.#errors(raw.standard_errors);
    this.resolved = raw.resolved === null ? null : this.#resolved(raw.resolved);
    this.#kinds();
    this.#pairs();
    this.whole = this.inside(new Uint8Array(this.nPlayers).fill(1));
  }

  #errors(raw) {
    if (raw === null) return null;
    return decodedHalves(raw.logarithms).map((logarithm) => raw.largest * 2 ** logarithm);
  }

  // The similarity that is predicted for nothing; the game is centred by its offset.
  get nothing() {
    return this.raw.offset + this.raw.baseline * this.raw.unit;
  }

  // Whether each of the largest interactions is resolved; they come last.
  #resolved(raw) {
    const { set } = this;
    this.firstTold = set.sizes.indexOf(set.highest);
    return decodedBits(raw, set.length - this.firstTold);
  }

  #kinds() {
    const { set } = this;
    this.kinds = new Uint16Array(set.length);
    for (let i = 0; i < set.length; i++) this.kinds[i] = set.sizes[i] * KIND + set.nTextPlayers(i, this.nImage);
    this.allKinds = Array.from(new Set(this.kinds)).filter((kind) => kind).sort((one, other) => one - other);
  }

  #pairs() {
    const { set, values, nImage, nText } = this;
    this.cross = new Float64Array(nImage * nText);
    this.isResolved = new Uint8Array(nImage * nText).fill(1);
    const links = [];
    for (let i = 0; i < set.length; i++) {
      if (this.kinds[i] !== 2 * KIND + 1) continue;
      const [patch, word] = set.players(i);
      const place = patch * nText + word - nImage;
      this.cross[place] = values[i];
      this.isResolved[place] = this.resolvedText(i) !== "no";
      if (values[i] !== 0) links.push(i);
    }
    this.links = sortedBy(links, (i) => -Math.abs(values[i])); // the strongest first
    this.largestPair = this.links.length ? Math.abs(values[this.links[0]]) : 0;
  }

  // Whether an interaction is resolved: "yes" or "no", or "" if it is unknown.
  resolvedText(i) {
    if (this.resolved === null || i < this.firstTold) return "";
    return this.resolved[i - this.firstTold] ? "yes" : "no";
  }

  // Whether a pair of an image player and one of some text players is, or may be, resolved.
  isPairResolved(player, words) {
    return words.some((word) => this.isResolved[player * this.nText + word - this.nImage]);
  }

  // The name of a kind, such as "patch × word".
  kindName(kind) {
    const [size, nText] = [Math.floor(kind / KIND), kind % KIND];
    const [image, text] = this.sideKinds;
    return [...Array(size - nText).fill(image), ...Array(nText).fill(text)].join(" × ");
  }

  name(i) {
    return Array.from(this.set.players(i), (player) => this.names[player]).join(" × ");
  }

  // The same for a line in which names that run right to left must not move others.
  shownName(i) {
    return Array.from(this.set.players(i), (player) => isolated(this.names[player])).join(" × ");
  }

  // The sums of all interactions among some players: in all and by kind, as similarities, and what
  // each player has of them: alone, as its shares of larger ones, and together.
  inside(isPresent) {
    const { set, values, nPlayers } = this;
    const found = {
      predicted: this.nothing,
      byKind: new Float64Array(KIND * KIND),
      alone: new Float64Array(nPlayers),
      pairs: new Float64Array(nPlayers),
      losses: new Float64Array(nPlayers), // by how much the sum falls without each player
    };
    for (let i = 0; i < set.length; i++) {
      const size = set.sizes[i];
      if (!size || !set.has(i, isPresent, size)) continue;
      const value = values[i];
      found.predicted += value * this.raw.unit;
      found.byKind[this.kinds[i]] += value * this.raw.unit;
      const own = size === 1 ? found.alone : found.pairs;
      for (let k = set.starts[i]; k < set.starts[i + 1]; k++) {
        own[set.flat[k]] += value / size;
        found.losses[set.flat[k]] += value;
      }
    }
    found.total = found.alone.map((value, player) => value + found.pairs[player]);
    return found;
  }

  // Take the interactions of a player out of the losses of the others that are present.
  forget(player, isPresent, losses) {
    const { set, values } = this;
    const isForgotten = new Uint8Array(this.nPlayers);
    isForgotten[player] = 1;
    for (let i = 0; i < set.length; i++) {
      if (!set.has(i, isForgotten) || !set.has(i, isPresent, set.sizes[i])) continue;
      for (let k = set.starts[i]; k < set.starts[i + 1]; k++) losses[set.flat[k]] -= values[i];
    }
  }

  // For every player, the sum of its pairs with some players of the other side.
  pairsWith(chosen) {
    const { nImage, nText } = this;
    const sums = new Float64Array(this.nPlayers);
    for (const player of chosen) {
      if (player < nImage) {
        for (let j = 0; j < nText; j++) sums[nImage + j] += this.cross[player * nText + j];
      } else {
        for (let i = 0; i < nImage; i++) sums[i] += this.cross[i * nText + player - nImage];
      }
    }
    return sums;
  }

  // All interactions in the order of a column; the strongest of equal ones first.
  order(column) {
    this.orders ??= new Map();
    if (!this.orders.has(column)) this.orders.set(column, this.#sorted(column));
    return this.orders.get(column);
  }

  #sorted(column) {
    const all = Uint32Array.from({ length: this.set.length }, (_, i) => i);
    if (column === "interaction") return all;
    const strongest = sortedBy(all, (i) => -Math.abs(this.values[i]));
    const numberOf = {
      size: (i) => -Math.abs(this.values[i]),
      value: (i) => -this.values[i],
      kind: (i) => this.kinds[i],
      error: (i) => this.errors[i],
      resolved: (i) => ["yes", "no", ""].indexOf(this.resolvedText(i)),
    }[column];
    return column === "size" ? strongest : sortedBy(strongest, numberOf);
  }
}
