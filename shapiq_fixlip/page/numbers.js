// Numbers: how they are packed, sorted and written.

function decoded(base64, Numbers) {
  const letters = atob(base64);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return new Numbers(bytes.buffer);
}

// Numbers in half precision, for which not every browser has an array.
function decodedHalves(base64) {
  return Float32Array.from(decoded(base64, Uint16Array), (bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
    return exponent ? sign * (1 + fraction / 1024) * 2 ** (exponent - 15) : sign * fraction * 2 ** -24;
  });
}

function decodedBits(base64, length) {
  const bytes = decoded(base64, Uint8Array);
  return Uint8Array.from({ length }, (_, i) => (bytes[i >> 3] >> (i & 7)) & 1);
}

// Places from the smallest number to the largest; NaN comes last, equal ones keep their order.
// A radix sort: of half a million numbers, it takes a tenth of the time of Array.sort.
function sortedBy(places, numberOf) {
  const n = places.length;
  const numbers = new Float32Array(n);
  for (let k = 0; k < n; k++) numbers[k] = numberOf(places[k]) + 0; // no negative zeros
  const bits = new Int32Array(numbers.buffer);
  let keys = new Uint32Array(n); // unsigned numbers in the order of the floating-point ones
  for (let k = 0; k < n; k++) {
    keys[k] = Number.isNaN(numbers[k]) ? 0xffffffff : bits[k] ^ ((bits[k] >> 31) | 0x80000000);
  }
  let from = Uint32Array.from(places);
  for (const shift of [0, 11, 22]) {
    const starts = new Uint32Array(2049);
    for (let k = 0; k < n; k++) starts[((keys[k] >>> shift) & 2047) + 1]++;
    for (let digit = 0; digit < 2048; digit++) starts[digit + 1] += starts[digit];
    const to = new Uint32Array(n);
    const sortedKeys = new Uint32Array(n);
    for (let k = 0; k < n; k++) {
      const place = starts[(keys[k] >>> shift) & 2047]++;
      to[place] = from[k];
      sortedKeys[place] = keys[k];
    }
    [from, keys] = [to, sortedKeys];
  }
  return from;
}

function largest(numbers) {
  return numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

// An absolute value: with three decimals, or more if it is small.
function sized(size) {
  if (size === 0) return "0";
  if (size < 1e-4 || size >= 1e6) return size.toExponential(2);
  return size.toFixed(size >= 100 ? 1 : size >= 0.01 ? 3 : 5);
}

function written(value) {
  if (value === 0) return "0";
  return (value > 0 ? "+" : "−") + sized(Math.abs(value));
}

// A number of single precision, by as few digits as it needs.
function exact(value) {
  return Number(value.toPrecision(8));
}
