// Whether colours can be told from the image below them, by the rule of pictures (plot/legibility.py).

const MIN_DISTANCE = 0.22;
const STRONG = 0.5; // share of the greatest opacity from which on a colour must be seen

const TO_CONES = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const TO_OKLAB = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];

function transformed(matrix, vector) {
  return matrix.map((row) => row.reduce((sum, weight, i) => sum + weight * vector[i], 0));
}

function oklab(colour) {
  const light = colour.map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4));
  return transformed(TO_OKLAB, transformed(TO_CONES, light).map(Math.cbrt));
}

// The colour of a variable of the style sheet, such as #ff0d57, as shares from 0 to 1.
function colourOf(name) {
  const written = styleOf(name);
  return [1, 3, 5].map((start) => parseInt(written.slice(start, start + 2), 16) / 255);
}

// Whether a strong one of some numbers can hardly be told from the image below it.
function areConfused(numbers, limit, below) {
  if (!limit || below.every(([red, green, blue]) => red === green && green === blue)) return false;
  const opacity = MAX_OPACITY;
  const ends = { lowers: colourOf("--lowers"), raises: colourOf("--raises") };
  return below.some((colour, player) => {
    if (Math.abs(numbers[player]) < STRONG * limit) return false;
    const end = numbers[player] > 0 ? ends.raises : ends.lowers;
    const mixed = colour.map((share, i) => opacity * end[i] + (1 - opacity) * share);
    const [one, other] = [oklab(mixed), oklab(colour)];
    return Math.hypot(...one.map((share, i) => share - other[i])) < MIN_DISTANCE;
  });
}
