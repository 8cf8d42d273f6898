// The image with its players, the words below it, and the lines between both.

const STRONGEST_TINT = 60; // percent; text on it must be legible in the light and the dark theme
const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes = {}, text = "") {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

function drawing(name, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const MAX_OPACITY = 0.7;

// The width of a link, by the rule of pictures (plot/links.py).
function linkWidth(value, limit) {
  return 0.8 + 3 * Math.min(Math.abs(value) / limit, 1);
}

function tint(target, value, limit) {
  const strength = limit ? Math.min(Math.abs(value) / limit, 1) : 0;
  target.classList.toggle("raises", value > 0);
  target.classList.toggle("lowers", value < 0);
  return strength;
}

// Call tell with the player under the pointer or the keyboard focus, or with null.
function whenLookedAt(root, found, tell) {
  root.addEventListener("pointerover", (event) => tell(found(event)));
  root.addEventListener("pointerleave", () => tell(null));
  root.addEventListener("focusin", (event) => tell(found(event)));
  root.addEventListener("focusout", () => tell(null));
}

class Stage {
  constructor(data, on) {
    this.data = data;
    this.root = document.getElementById("stage");
    this.regions = document.getElementById("regions");
    this.lines = document.getElementById("lines");
    this.caption = document.getElementById("caption");
    this.words = data.text_labels.map((word, i) => this.#word(word, i));
    if (!this.words.length) this.caption.textContent = data.text; // no text players: only show the text
    if (data.unseen_text) this.caption.append(element("span", {}, `not seen: ${data.unseen_text}`));
    this.parts = [];
    this.picture = null;
    this.reachable = 0; // the image player that the Tab key reaches
    this.#listen(on);
  }

  #word(word, i) {
    const name = this.data.player_names[this.data.n_players_image + i];
    const button = element("button", { type: "button", "aria-pressed": "false" }, word);
    button.dataset.player = this.data.n_players_image + i;
    button.title = name;
    button.classList.toggle("joined", this.data.joins_previous[i]);
    this.caption.append(button);
    return button;
  }

  show(number) {
    if (this.picture === this.data.pictures[number]) return;
    this.picture = this.data.pictures[number];
    const { address, width, height, outlines } = this.picture;
    const image = document.getElementById("image");
    image.src = address;
    image.width = width;
    image.height = height;
    image.alt = `The image that is explained together with the text: ${this.data.text}`;
    this.regions.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.regions.setAttribute("preserveAspectRatio", "none");
    this.parts = outlines.map((outline, player) => {
      const name = this.data.player_names[player];
      const part = drawing("path", { d: outline, role: "button", "aria-label": name, "aria-pressed": "false" });
      part.setAttribute("tabindex", player === this.reachable ? "0" : "-1");
      part.dataset.player = player;
      return part;
    });
    this.regions.replaceChildren(...this.parts);
  }

  get players() {
    return [...this.parts, ...this.words];
  }

  #listen(on) {
    const playerOf = (event) => {
      const found = event.target.closest("[data-player]");
      return found === null ? null : Number(found.dataset.player);
    };
    whenLookedAt(this.root, playerOf, on.point);
    this.root.addEventListener("click", (event) => {
      const player = playerOf(event);
      if (player !== null) on.pin(player);
    });
    // not on the drawing itself: a listener there would make it a stop of the Tab key
    this.root.addEventListener("focusin", (event) => {
      const player = playerOf(event);
      if (player !== null && player < this.data.n_players_image) this.#reach(player);
    });
    this.regions.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") on.pin(playerOf(event));
      else if (event.key in DIRECTIONS) this.#move(playerOf(event), DIRECTIONS[event.key]);
      else return;
      event.preventDefault();
    });
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

  // Make an image player the one that the Tab key reaches.
  #reach(player) {
    this.parts[this.reachable].setAttribute("tabindex", "-1");
    this.parts[player].setAttribute("tabindex", "0");
    this.reachable = player;
  }

  paint({ numbers, limits, active, pinned, links }) {
    const isGrey = areConfused(numbers, limits.image, this.picture.colours);
    document.getElementById("frame").classList.toggle("grey", isGrey);
    this.players.forEach((target, player) => {
      const isImage = player < this.data.n_players_image;
      const strength = tint(target, numbers[player], isImage ? limits.image : limits.text);
      if (isImage) target.style.fillOpacity = MAX_OPACITY * strength;
      else target.style.setProperty("--strength", `${(STRONGEST_TINT * strength).toFixed(1)}%`);
      target.classList.toggle("active", active.has(player));
      target.setAttribute("aria-pressed", String(pinned.has(player)));
    });
    this.#join(links, limits.pairs);
  }

  #join(links, limit) {
    const stage = this.root.getBoundingClientRect();
    const frame = this.regions.getBoundingClientRect();
    const { width, height, lowest } = this.picture;
    const tops = this.words.map((word) => word.getBoundingClientRect());
    const lines = links.map(({ patch, word, value, resolved }) => {
      const box = tops[word];
      const x = frame.left - stage.left + (lowest[patch][0] / width) * frame.width;
      const y = frame.top - stage.top + (lowest[patch][1] / height) * frame.height;
      const [endX, endY] = [box.left - stage.left + box.width / 2, box.top - stage.top];
      const bend = (endY - y) / 2;
      const lean = 0.2 * Math.max(0, endY - y - Math.abs(endX - x));
      const line = drawing("path", {
        d: `M${x} ${y}C${x + lean} ${y + bend} ${endX + lean} ${endY - bend} ${endX} ${endY}`,
        "stroke-width": linkWidth(value, limit),
      });
      tint(line, value, limit);
      line.classList.toggle("unresolved", resolved === "no");
      return line;
    });
    this.lines.replaceChildren(...lines.reverse());
  }
}

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
