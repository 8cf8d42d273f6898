// What colours and the widths of links stand for.

const LINKS_SHOWN = [1 / 3, 2 / 3, 1]; // of the strongest pair

class Scales {
  constructor() {
    this.root = byId("scales");
  }

  // Show the scale of each kind, or that of the pairs of what is chosen.
  show({ explanation, limits, chosen, hasLinks, mapLimit }) {
    const [image, text] = explanation.sideKinds;
    const scales = [];
    if (chosen !== null) {
      const names = Array.from(chosen, (player) => explanation.names[player]);
      const named = names.length > 3 ? `${names.length} players` : names.join(" + ");
      scales.push(this.#ramp("pairs", limits.image, `interaction with ${named}`));
    } else {
      if (explanation.nImage) scales.push(this.#ramp("image", limits.image, `contribution of a ${image}`));
      if (explanation.nText) scales.push(this.#ramp("text", limits.text, `contribution of a ${text}`));
    }
    if (mapLimit && chosen === null) scales.push(this.#ramp("maps", mapLimit, `pair of a ${image} and a ${text}, in maps`));
    if (hasLinks) scales.push(this.#widths(limits.pairs, `pair of a ${image} and a ${text}`));
    this.root.replaceChildren(...scales);
  }

  #scale(kind, parts, label) {
    const scale = element("div", { class: "scale", id: `scale-${kind}` });
    const line = element("div");
    line.append(...parts);
    scale.append(line, element("div", {}, label));
    return scale;
  }

  #ramp(kind, limit, label) {
    const parts = [
      element("span", { class: "least" }, written(-limit)),
      element("span", { class: "ramp" }),
      element("span", { class: "most" }, written(limit)),
    ];
    return this.#scale(kind, parts, label);
  }

  #widths(limit, label) {
    const parts = LINKS_SHOWN.flatMap((share) => {
      const value = share * limit;
      const sample = drawing("svg", { class: "width", viewBox: "0 0 28 8", "aria-hidden": "true" });
      sample.append(drawing("path", { d: "M2 4h24", "stroke-width": linkWidth(value, limit) }));
      return [sample, element("span", {}, sized(value))];
    });
    return this.#scale("links", parts, label);
  }
}
