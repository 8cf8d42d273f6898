// The interactions of an explanation: their players and kinds.

class InteractionSet {
  constructor(raw) {
    if (raw.complete === undefined) {
      this.sizes = decoded(raw.sizes, Uint8Array);
      this.flat = decoded(raw.players, Uint16Array);
    } else {
      [this.sizes, this.flat] = allInteractions(raw.n_players, raw.complete);
    }
    this.starts = new Uint32Array(this.sizes.length + 1);
    for (let i = 0; i < this.sizes.length; i++) this.starts[i + 1] = this.starts[i] + this.sizes[i];
  }

  get length() {
    return this.sizes.length;
  }

  get highest() {
    return this.sizes.at(-1) ?? 0; // the largest interactions come last
  }

  players(i) {
    return this.flat.subarray(this.starts[i], this.starts[i + 1]);
  }

  // Whether at least "least" players of an interaction are flagged.
  has(i, flags, least = 1) {
    let found = 0;
    for (let k = this.starts[i]; k < this.starts[i + 1]; k++) found += flags[this.flat[k]];
    return found >= least;
  }

  // The number of text players of an interaction.
  nTextPlayers(i, nImage) {
    let found = 0;
    for (let k = this.starts[i]; k < this.starts[i + 1]; k++) found += this.flat[k] >= nImage;
    return found;
  }
}

// All interactions of some sizes, by size and then by players.
function allInteractions(nPlayers, sizes) {
  const counts = sizes.map((size) => binomial(nPlayers, size));
  const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);
  const allSizes = new Uint8Array(total(counts));
  const flat = new Uint16Array(total(sizes.map((size, s) => size * counts[s])));
  let [row, at] = [0, 0];
  sizes.forEach((size, s) => {
    const players = Array.from({ length: size }, (_, k) => k);
    for (let i = 0; i < counts[s]; i++) {
      allSizes[row++] = size;
      for (const player of players) flat[at++] = player;
      let k = size - 1;
      while (k >= 0 && players[k] === nPlayers - size + k) k--;
      if (k < 0) break;
      players[k]++;
      for (let later = k + 1; later < size; later++) players[later] = players[later - 1] + 1;
    }
  });
  return [allSizes, flat];
}

function binomial(n, k) {
  let product = 1;
  for (let i = 0; i < k; i++) product = (product * (n - i)) / (i + 1);
  return Math.round(product);
}
