// Small maps of the image for the words that matter, as in pictures of many patches.

class Maps {
  constructor(data, on) {
    this.maps = data.maps.map(({ title, players }) => this.#map(title, players, on));
    const root = document.getElementById("maps");
    root.hidden = !this.maps.length;
    root.append(...this.maps.map(({ button }) => button));
  }

  #map(title, players, on) {
    const button = element("button", { type: "button", class: "map", "aria-pressed": "false" });
    const frame = element("span", { class: "grey" });
    const image = element("img", { alt: "" });
    const canvas = element("canvas", { "aria-hidden": "true" });
    frame.append(image, canvas);
    button.append(frame, element("span", {}, title));
    button.addEventListener("click", () => on.pin(players));
    whenLookedAt(button, () => players, on.point);
    return { button, players, image, canvas };
  }

  // Show which words are pinned, and draw their pairs if these are others than before.
  show({ explanation, picture, limit, pinned, onlyResolved }) {
    for (const { button, players } of this.maps) {
      button.setAttribute("aria-pressed", String(players.every((player) => pinned.has(player))));
    }
    const shown = [explanation, picture, onlyResolved];
    if (shown.every((part, i) => part === this.shown?.[i])) return;
    this.shown = shown;
    this.#paint(explanation, picture, limit, onlyResolved);
  }

  // What may be chance is pale.
  #paint(explanation, picture, limit, onlyResolved) {
    const paths = picture.outlines.map((outline) => new Path2D(outline));
    const [lowers, raises] = [getEnd("--lowers"), getEnd("--raises")];
    for (const { players, image, canvas } of this.maps) {
      image.src = picture.address;
      [canvas.width, canvas.height] = [picture.width, picture.height];
      const context = canvas.getContext("2d");
      const numbers = explanation.pairsWith(players);
      paths.forEach((path, player) => {
        const isResolved = explanation.isPairResolved(player, players);
        if (!numbers[player] || (onlyResolved && !isResolved)) return;
        const strength = Math.min(Math.abs(numbers[player]) / limit, 1);
        context.globalAlpha = MAX_OPACITY * strength * (isResolved ? 1 : FADED);
        context.fillStyle = numbers[player] > 0 ? raises : lowers;
        context.fill(path);
      });
    }
  }
}

const FADED = 0.35; // what the opacity of what may be chance is multiplied with, as in pictures
