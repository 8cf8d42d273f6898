// The image with its players, and the words below it.

const STRONGEST_TINT = 60; // percent; text on it must be legible in the light and the dark theme
const MAX_OPACITY = 0.7;
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class Stage {
  constructor(on) {
    this.root = byId("stage");
    this.regions = byId("regions");
    this.caption = byId("caption");
    this.ring = drawing("path", { id: "ring", "aria-hidden": "true" }); // around what has the keyboard focus
    this.parts = [];
    this.words = [];
    this.reachable = 0; // the image player that the Tab key reaches
    this.#listen(on);
    this.#listenToBrushes(on);
  }

  get players() {
    return [...this.parts, ...this.words];
  }

  show({ picture, caption, names, nImage }) {
    this.nImage = nImage;
    if (this.picture !== picture) this.#showPicture(picture, names);
    if (this.shown !== caption) this.#showCaption(caption);
  }

  #showPicture(picture, names) {
    this.picture = picture;
    const { address, width, height, outlines } = picture;
    Object.assign(byId("image"), { src: address, width, height });
    withAttributes(this.regions, { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none" });
    this.parts = outlines.map((outline, player) => {
      const tabindex = player === this.reachable ? "0" : "-1";
      const part = drawing("path", { d: outline, role: "button", "aria-label": names[player], tabindex });
      part.dataset.player = player;
      return part;
    });
    this.ring.removeAttribute("d");
    this.regions.replaceChildren(...this.parts, this.ring);
  }

  #showCaption(caption) {
    this.shown = caption;
    byId("image").alt = `The image that is explained together with the text: ${caption.text}`;
    this.words = caption.labels.map((label, i) => {
      const word = element("button", { type: "button", title: caption.names[i] }, label);
      word.dataset.player = this.nImage + i;
      word.classList.toggle("joined", caption.joins_previous[i]);
      return word;
    });
    this.caption.replaceChildren(...this.words);
    if (!this.words.length) this.caption.textContent = caption.text; // without players, it is only shown
    if (caption.unseen_text) this.caption.append(element("span", {}, `not seen: ${caption.unseen_text}`));
  }

  #playerOf(target) {
    const found = target?.closest("[data-player]") ?? null;
    return found === null || !this.root.contains(found) ? null : Number(found.dataset.player);
  }

  #listen(on) {
    whenLookedAt(this.root, ({ target }) => this.#playerOf(target), on.point);
    this.root.addEventListener("click", ({ target, detail }) => {
      const player = this.#playerOf(target);
      const isBrushed = this.isBrush && detail > 0; // by a pointer, and not by a key
      if (player !== null && !isBrushed) on.choose(player);
    });
    // not on the drawing itself: a listener there would make it a stop of the Tab key
    this.root.addEventListener("focusin", ({ target }) => {
      const player = this.#playerOf(target);
      if (player !== null && player < this.nImage) this.#reach(player);
    });
    this.root.addEventListener("focusout", () => this.ring.removeAttribute("d"));
    this.regions.addEventListener("keydown", (event) => {
      const player = this.#playerOf(event.target);
      if (event.key === "Enter" || event.key === " ") on.choose(player);
      else if (event.key in DIRECTIONS) this.#move(player, DIRECTIONS[event.key]);
      else return;
      event.preventDefault();
    });
  }

  // A pointer that is pressed and moved chooses all players on its way, once each.
  #listenToBrushes(on) {
    let brushed = null;
    const brush = ({ clientX, clientY }) => {
      const player = this.#playerOf(document.elementFromPoint(clientX, clientY));
      if (player === null || brushed.has(player)) return;
      on.brush(player, !brushed.size);
      brushed.add(player);
    };
    this.root.addEventListener("pointerdown", (event) => {
      if (!this.isBrush || event.button) return;
      brushed = new Set();
      brush(event);
    });
    this.root.addEventListener("pointermove", (event) => {
      if (brushed !== null) for (const one of event.getCoalescedEvents?.() ?? [event]) brush(one);
    });
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => (brushed = null));
  }

  // Move the focus to the nearest image player in a direction.
  #move(player, [dx, dy]) {
    const { centres } = this.picture;
    const [x, y] = centres[player];
    let best = null;
    let least = Infinity;
    centres.forEach(([otherX, otherY], other) => {
      const along = (otherX - x) * dx + (otherY - y) * dy;
      const across = Math.abs((otherX - x) * dy) + Math.abs((otherY - y) * dx);
      const cost = along + 2 * across;
      if (along > across && cost < least) [best, least] = [other, cost];
    });
    if (best !== null) this.parts[best].focus();
  }

  // Make an image player the one that the Tab key reaches, and draw a ring around it.
  #reach(player) {
    this.parts[this.reachable].setAttribute("tabindex", "-1");
    this.parts[player].setAttribute("tabindex", "0");
    this.reachable = player;
    const isSeen = this.parts[player].matches(":focus-visible");
    if (isSeen) this.ring.setAttribute("d", this.picture.outlines[player]);
  }

  // Draw the numbers of all players; "pressed" are those that a click has chosen.
  paint({ numbers, limits, active, pressed, isPresent }) {
    const isGrey = areConfused(numbers, limits.image, this.picture.colours);
    byId("frame").classList.toggle("grey", isGrey);
    this.players.forEach((target, player) => {
      const isImage = player < this.nImage;
      const strength = tint(target, numbers[player], isImage ? limits.image : limits.text);
      if (isImage) target.style.fillOpacity = isPresent[player] ? MAX_OPACITY * strength : 1;
      else target.style.setProperty("--strength", `${(STRONGEST_TINT * strength).toFixed(1)}%`);
      target.classList.toggle("active", active.has(player));
      target.classList.toggle("gone", !isPresent[player]);
      target.setAttribute("aria-pressed", String(pressed.has(player)));
    });
  }
}
