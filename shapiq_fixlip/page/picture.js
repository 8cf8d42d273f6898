// A part of the page as an SVG picture that stands alone.

const COPIED = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "vector-effect"];
const MARGIN = 8;

// Return the SVG source of all that is marked to be in pictures inside an element.
function pictureOf(root) {
  const parts = Array.from(root.querySelectorAll("[data-pictured]")).filter((part) => !part.hidden);
  const boxes = parts.map((part) => part.getBoundingClientRect());
  const left = Math.min(...boxes.map((box) => box.left)) - MARGIN;
  const top = boxes[0].top - MARGIN;
  const width = Math.ceil(Math.max(...boxes.map((box) => box.right)) + MARGIN - left);
  const totalHeight = boxes.reduce((sum, box) => sum + box.height + MARGIN, MARGIN);
  const svg = drawing("svg", { xmlns: SVG, width, height: Math.ceil(totalHeight), viewBox: `0 0 ${width} ${Math.ceil(totalHeight)}` });
  svg.append(drawing("rect", { width: "100%", height: "100%", fill: plain(getComputedStyle(document.body).backgroundColor) }));
  let y = MARGIN;
  parts.forEach((part, p) => {
    const group = drawing("g", { transform: `translate(${-left} ${y - boxes[p].top})` });
    copyInto(group, part);
    svg.append(group);
    y += boxes[p].height + MARGIN;
  });
  return new XMLSerializer().serializeToString(svg);
}

function copyInto(group, node) {
  if (node.nodeType === Node.TEXT_NODE) group.append(...copiedText(node));
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  const style = getComputedStyle(node);
  const box = node.getBoundingClientRect();
  if (style.display === "none" || !box.width || !box.height) return;
  const place = { x: box.left, y: box.top, width: box.width, height: box.height };
  if (node.localName === "img") group.append(copiedImage(node, place, style));
  else if (node.localName === "canvas") group.append(drawing("image", { ...place, href: node.toDataURL() }));
  else if (node.localName === "svg") group.append(copiedDrawing(node, place));
  else {
    if (node.classList.contains("ramp")) group.append(...copiedRamp(place));
    else group.append(...copiedGround(place, style));
    for (const child of node.childNodes) copyInto(group, child);
  }
}

function copiedGround(place, style) {
  const ground = plain(style.backgroundColor);
  const border = parseFloat(style.borderTopWidth);
  const isPinned = style.boxShadow !== "none" || style.outlineStyle === "solid";
  if (ground === "none" && !border && !isPinned) return [];
  const stroke = isPinned ? plain(resolved("--pin")) : border ? plain(style.borderTopColor) : "none";
  const look = { fill: ground, stroke, "stroke-width": isPinned ? 3 : border };
  return [drawing("rect", { ...place, ...look, rx: parseFloat(style.borderTopLeftRadius) || 0 })];
}

function copiedImage(image, place, style) {
  const href = style.filter === "none" ? image.src : paleGrey(image);
  return drawing("image", { ...place, href, preserveAspectRatio: "none" });
}

// The image as the style sheet shows it below colours that could not be told from it.
function paleGrey(image) {
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  const canvas = element("canvas", { width, height });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, width, height);
  for (let i = 0; i < pixels.data.length; i += 4) {
    const [red, green, blue] = pixels.data.subarray(i, i + 3);
    const grey = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    pixels.data.fill(127.5 + grey / 2, i, i + 3);
  }
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL("image/png");
}

// Each word by itself, and its parts where it is broken, as lines may break between them.
function copiedText(node) {
  const style = getComputedStyle(node.parentElement);
  const size = parseFloat(style.fontSize);
  return Array.from(node.data.matchAll(/\S+/g)).flatMap((word) =>
    linesOf(node, word.index, word.index + word[0].length).map(([part, box]) => {
      const text = drawing("text", {
        x: box.left + box.width / 2,
        y: box.top + box.height / 2 + 0.35 * size,
        "text-anchor": "middle",
        "font-family": "sans-serif",
        "font-size": size,
        "font-weight": style.fontWeight,
        "text-decoration": node.parentElement.classList.contains("gone") ? "line-through" : "none",
        fill: plain(style.color),
      });
      text.textContent = part;
      return text;
    }),
  );
}

// The parts of a text that are on lines of their own, each with its box.
function linesOf(node, start, end) {
  const boxOf = (from, to) => {
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, to);
    return range.getBoundingClientRect();
  };
  const starts = [start];
  for (let i = start + 1; i < end; i++) {
    if (boxOf(i, i + 1).top - boxOf(starts.at(-1), starts.at(-1) + 1).top > 3) starts.push(i);
  }
  return starts.map((from, k) => {
    const to = starts[k + 1] ?? end;
    return [node.data.slice(from, to), boxOf(from, to)];
  });
}

function copiedDrawing(node, place) {
  const box = node.viewBox.baseVal;
  const viewBox = box?.width ? node.getAttribute("viewBox") : `0 0 ${place.width} ${place.height}`;
  const copied = drawing("svg", { ...place, viewBox, preserveAspectRatio: "none", overflow: "visible" });
  for (const part of node.children) {
    const style = getComputedStyle(part);
    const look = COPIED.map((name) => [name, /^(fill|stroke)$/.test(name) ? plain(style.getPropertyValue(name)) : style.getPropertyValue(name)]);
    copied.append(drawing("path", { d: part.getAttribute("d") ?? "", ...Object.fromEntries(look) }));
  }
  return copied;
}

function copiedRamp(place) {
  const id = `ramp-${Math.round(place.x)}-${Math.round(place.y)}`;
  const gradient = drawing("linearGradient", { id });
  ["--lowers", "--blank", "--raises"].forEach((name, k) => {
    gradient.append(drawing("stop", { offset: k / 2, "stop-color": plain(resolved(name)) }));
  });
  return [gradient, drawing("rect", { ...place, fill: `url(#${id})`, stroke: plain(resolved("--edge")) })];
}

// The colour of a variable that may differ between the light and the dark theme.
function resolved(name) {
  const probe = element("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

// A colour as every program knows it.
function plain(colour) {
  if (colour === "none") return "none";
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue, opacity] = context.getImageData(0, 0, 1, 1).data;
  if (!opacity) return "none";
  return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}
