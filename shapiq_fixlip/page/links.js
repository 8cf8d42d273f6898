// The curved links between patches and words.

// The width of a link, by the rule of pictures (plot/links.py).
function linkWidth(value, limit) {
  return 0.8 + 3 * Math.min(Math.abs(value) / limit, 1);
}

// Draw the links, the strongest last, from the lowest point of a patch to the top of a word.
function drawLinks(links, limit, { root, regions, picture, words }) {
  const stage = root.getBoundingClientRect();
  const frame = regions.getBoundingClientRect();
  const { width, height, lowest } = picture;
  const tops = words.map((word) => word.getBoundingClientRect());
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
  byId("lines").replaceChildren(...lines.reverse());
}
