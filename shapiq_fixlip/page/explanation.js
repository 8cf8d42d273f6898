// An explanation: its interactions, and the sums that the page shows.

const LOWER_ORDER = 2; // only interactions of the highest order are told apart from chance

function decoded(base64, Numbers) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new Numbers(bytes.buffer);
}

// The players of every interaction of a list.
class InteractionSet {
  constructor(raw) {
    this.sizes = decoded(raw.sizes, Uint8Array);
    this.flat = decoded(raw.players, Uint16Array);
    this.starts = new Uint32Array(this.sizes.length);
    for (let i = 1; i < this.sizes.length; i++) this.starts[i] = this.starts[i - 1] + this.sizes[i - 1];
  }

  get length() {
    return this.sizes.length;
  }

  players(i) {
    return this.flat.subarray(this.starts[i], this.starts[i] + this.sizes[i]);
  }
}

class Explanation {
  constructor(raw, set, nImage, nPlayers) {
    Object.assign(this, { raw, set, nImage, nPlayers });
    this.values = decoded(raw.values, Float64Array);
    this.errors = raw.standard_errors === null ? null : decoded(raw.standard_errors, Float32Array);
    this.resolved = raw.resolved === null ? null : decoded(raw.resolved, Uint8Array);
    this.single = new Float64Array(nPlayers);
    this.shares = new Float64Array(nPlayers); // equal shares of all interactions of at least two players
    this.nText = nPlayers - nImage;
    this.cross = new Float64Array(nImage * this.nText);
    this.isResolved = new Uint8Array(nImage * this.nText).fill(this.resolved === null ? 1 : 0);
    this.links = []; // numbers of the pairs of an image and a text player, the strongest first
    for (let i = 0; i < set.length; i++) this.#add(i);
    const { values } = this;
    this.links.sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]));
    this.largestPair = this.links.length ? Math.abs(values[this.links[0]]) : 0;
  }

  #add(i) {
    const players = this.set.players(i);
    const value = this.values[i];
    if (players.length === 1) this.single[players[0]] = value;
    if (players.length < 2) return;
    for (const player of players) this.shares[player] += value / players.length;
    if (players.length === 2 && players[0] < this.nImage && players[1] >= this.nImage) {
      const place = players[0] * this.nText + players[1] - this.nImage;
      this.cross[place] = value;
      if (this.resolvedText(i) !== "no") this.isResolved[place] = 1;
      if (value !== 0) this.links.push(i);
    }
  }

  // Whether an interaction is resolved: "yes" or "no", or "" if it is unknown.
  resolvedText(i) {
    if (this.resolved === null || this.resolved[i] === LOWER_ORDER) return "";
    return this.resolved[i] ? "yes" : "no";
  }

  // Whether a pair of an image player and one of some text players is, or may be, resolved.
  isPairResolved(player, words) {
    return words.some((word) => this.isResolved[player * this.nText + word - this.nImage]);
  }

  // The contribution of every player: own value, share of interactions, or both.
  contributions(part) {
    if (part === "first") return this.single;
    if (part === "pairs") return this.shares;
    return this.single.map((value, player) => value + this.shares[player]);
  }

  // For every player, the sum of its pairs with some players of the other side.
  pairsWith(chosen) {
    const sums = new Float64Array(this.nPlayers);
    for (const player of chosen) {
      if (player < this.nImage) {
        const row = player * this.nText;
        for (let j = 0; j < this.nText; j++) sums[this.nImage + j] += this.cross[row + j];
      } else {
        const j = player - this.nImage;
        for (let i = 0; i < this.nImage; i++) sums[i] += this.cross[i * this.nText + j];
      }
    }
    return sums;
  }

  // The file for shapiq.InteractionValues.load.
  file() {
    const data = {};
    for (let i = 0; i < this.set.length; i++) {
      data[this.set.sizes[i] ? Array.from(this.set.players(i)).join(",") : "Empty"] = this.values[i];
    }
    return JSON.stringify({ ...this.raw.file, data }, null, 2);
  }
}

function largest(numbers) {
  return numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

// An absolute value with about three significant digits.
function sized(size) {
  if (size === 0) return "0";
  if (size < 1e-4 || size >= 1e6) return size.toExponential(2);
  return size.toFixed(size >= 100 ? 1 : size >= 0.01 ? 3 : 5);
}

function written(value) {
  if (value === 0) return "0";
  return (value > 0 ? "+" : "−") + sized(Math.abs(value));
}
