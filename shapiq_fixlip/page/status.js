// What is told of the players that are pointed at or pinned.

const MOST_TOLD = 3;

function told(explanation, { active, pointed, marked, isRemoving, isPresent, found }) {
  const { values } = explanation;
  const names = explanation.names.map(isolated);
  if (marked !== null) return `${explanation.shownName(marked)}: ${written(values[marked])}`;
  const players = pointed ?? Array.from(active); // what is pointed at is told also if others are pinned
  if (!players.length) return "";
  if (isRemoving) return toldOfRemoving(explanation, players, isPresent, found);
  const sums = explanation.pairsWith(players.filter((player) => isPresent[player]));
  const strongest = Array.from(sums.keys())
    .filter((player) => sums[player] !== 0 && isPresent[player])
    .sort((one, other) => Math.abs(sums[other]) - Math.abs(sums[one]))
    .slice(0, MOST_TOLD)
    .map((player) => `${names[player]} ${written(sums[player])}`);
  const { alone } = explanation.whole;
  const own = players.map((player) => `${names[player]} ${written(alone[player])} alone`).join(", ");
  return strongest.length ? `${own}; strongest pairs: ${strongest.join(", ")}` : own;
}

// By how much the prediction would change.
function toldOfRemoving(explanation, players, isPresent, found) {
  const other = isPresent.slice();
  for (const player of players) other[player] = 1 - other[player];
  const isOne = players.length === 1 && isPresent[players[0]];
  const change = isOne
    ? -found.losses[players[0]] * explanation.raw.unit
    : explanation.inside(other).predicted - found.predicted;
  const verb = isPresent[players[0]] ? "without it" : "with it again";
  return `${players.map((player) => isolated(explanation.names[player])).join(", ")}: ${written(change)} ${verb}`;
}
