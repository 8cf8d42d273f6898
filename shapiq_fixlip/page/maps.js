// Small maps of the image for the words that matter, as in pictures of many patches.

const FADED = 0.35; // what the opacity of what may be chance is multiplied with, as in pictures

class Maps {
  constructor(on) {
    this.on = on;
    this.root = byId("maps");
  }

  // Show the maps of a caption, with what is pinned, and draw them if they are others than before.
  show({ explanation, limit, pinned, onlyResolved, isPresent }) {
    const { caption } = explanation;
    if (this.caption !== caption) this.#make(caption);
    for (const { button, players } of this.maps) {
      button.setAttribute("aria-pressed", String(players.every((player) => pinned.has(player))));
    }
    const shown = [explanation, onlyResolved, isPresent.join("")];
    if (shown.every((part, i) => part === this.shown?.[i])) return;
    this.shown = shown;
    this.#paint(explanation, limit, onlyResolved, isPresent);
  }

  #make(caption) {
    this.caption = caption;
    this.maps = caption.maps.map(({ title, players }) => this.#map(title, players));
    this.root.hidden = !this.maps.length;
    this.root.replaceChildren(...this.maps.map(({ button }) => button));
  }

  #map(title, players) {
    const button = element("button", { type: "button", class: "map", "aria-pressed": "false" });
    const frame = element("span", { class: "grey" });
    const image = element("img", { alt: "" });
    const canvas = element("canvas", { "aria-hidden": "true" });
    frame.append(image, canvas);
    button.append(frame, element("span", {}, title));
    button.addEventListener("click", () => this.on.choose(players));
    whenLookedAt(button, () => players, this.on.point);
    return { button, players, image, canvas };
  }

  // What may be chance is pale.
  #paint(explanation, limit, onlyResolved, isPresent) {
    const { picture } = explanation;
    const paths = picture.outlines.map((outline) => new Path2D(outline));
    const [lowers, raises, gone] = ["--lowers", "--raises", "--gone"].map(styleOf);
    for (const { players, image, canvas } of this.maps) {
      image.src = picture.address;
      [canvas.width, canvas.height] = [picture.width, picture.height];
      const context = canvas.getContext("2d");
      const numbers = explanation.pairsWith(players.filter((player) => isPresent[player]));
      paths.forEach((path, player) => {
        const isResolved = explanation.isPairResolved(player, players);
        const strength = Math.min(Math.abs(numbers[player]) / limit, 1);
        if (!isPresent[player]) {
          context.globalAlpha = 1;
          context.fillStyle = gone;
        } else {
          if (!strength || (onlyResolved && !isResolved)) return;
          context.globalAlpha = MAX_OPACITY * strength * (isResolved ? 1 : FADED);
          context.fillStyle = numbers[player] > 0 ? raises : lowers;
        }
        context.fill(path);
      });
    }
  }
}
