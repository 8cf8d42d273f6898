// What if players were away: the similarity that the explanation predicts, and its parts.

const MOST_REMOVED = 10;

class WhatIf {
  constructor(on) {
    this.on = on;
    byId("what-if").addEventListener("submit", (event) => event.preventDefault());
    byId("removing").addEventListener("input", () => on.mode(byId("removing").checked));
    byId("remove-most").addEventListener("click", () => {
      on.remove(mostImportant(on.explanation(), on.isPresent()));
      if (byId("remove-most").disabled) byId("bring-back").focus();
    });
    byId("keep-pins").addEventListener("click", () => on.keepPins());
    byId("bring-back").addEventListener("click", () => {
      on.bringBack();
      byId("removing").focus(); // as this button is off now
    });
  }

  show({ explanation, found, nRemoved, pinned, isRemoving }) {
    byId("what-if").hidden = !explanation.raw.predicts;
    byId("removing").checked = isRemoving;
    byId("bring-back").disabled = !nRemoved;
    byId("keep-pins").disabled = !pinned.size;
    byId("remove-most").disabled = !found.losses.some((loss) => loss > 0);
    const { whole } = explanation;
    byId("predicted").textContent = sizedSigned(found.predicted);
    const away = nRemoved === 1 ? "1 player is away" : `${nRemoved} players are away`;
    byId("predicted-change").textContent = nRemoved
      ? `${written(found.predicted - whole.predicted)} as ${away}`
      : `with all players${explanation.raw.is_whole ? `; the model gives ${sizedSigned(explanation.raw.answer.value)}` : ""}`;
    this.#gauge(explanation, found);
    this.#parts(explanation, found);
  }

  // Where the prediction is, between that of nothing and that of everything.
  #gauge({ nothing, whole }, { predicted }) {
    const everything = whole.predicted;
    const [low, high] = [Math.min(nothing, everything, predicted), Math.max(nothing, everything, predicted)];
    const isRising = everything >= nothing;
    byId("least").textContent = isRising ? "nothing" : "all";
    byId("most").textContent = isRising ? "all" : "nothing";
    const place = (value) => `${((100 * (value - low)) / (high - low || 1)).toFixed(2)}%`;
    for (const [id, value] of [["at-nothing", nothing], ["at-everything", everything], ["at-predicted", predicted]]) {
      byId(id).style.insetInlineStart = place(value);
    }
  }

  // The prediction is the sum of these parts.
  #parts(explanation, found) {
    const parts = [["nothing, predicted", explanation.nothing]];
    for (const kind of explanation.allKinds) {
      const isSingle = Math.floor(kind / KIND) === 1;
      parts.push([explanation.kindName(kind) + (isSingle ? " alone" : ""), found.byKind[kind]]);
    }
    const most = largest(parts.slice(1).map(([, value]) => value)) || 1;
    const rows = parts.map(([name, value], p) => {
      const row = element("tr");
      const bar = element("td", { "aria-hidden": "true" });
      const line = element("span", { class: `part ${value > 0 ? "raises" : "lowers"}` });
      line.style.inlineSize = `${p ? ((100 * Math.abs(value)) / most).toFixed(1) : 0}%`;
      bar.append(line);
      row.append(element("th", { scope: "row" }, name), element("td", { class: "number" }, p ? written(value) : sizedSigned(value)), bar);
      return row;
    });
    byId("parts").replaceChildren(...rows);
  }
}

// A value that is no difference: only a minus is written.
function sizedSigned(value) {
  return (value < 0 ? "−" : "") + sized(Math.abs(value));
}

// The players whose going lowers the prediction most, one after the other, as long as one does.
function mostImportant(explanation, isPresent) {
  const left = isPresent.slice();
  const { losses } = explanation.inside(left);
  const removed = [];
  while (removed.length < MOST_REMOVED) {
    let most = -1;
    for (let player = 0; player < left.length; player++) {
      if (left[player] && (most < 0 || losses[player] > losses[most])) most = player;
    }
    if (most < 0 || losses[most] <= 0) break;
    explanation.forget(most, left, losses);
    left[most] = 0;
    removed.push(most);
  }
  return removed;
}
