// Files to take away: the picture as PNG and SVG, the numbers as CSV and JSON.

const PIXELS_PER_PIXEL = 2; // of PNG files
const SECONDS_TO_SAVE = 60;

class TakeAway {
  constructor(getExplanation) {
    const files = {
      png: () => asPng(pictureOf(byId("seen"))),
      svg: () => new Blob([pictureOf(byId("seen"))], { type: "image/svg+xml" }),
      csv: () => new Blob([asCsv(getExplanation())], { type: "text/csv" }),
      json: () => new Blob([asJson(getExplanation())], { type: "application/json" }),
    };
    for (const [suffix, make] of Object.entries(files)) {
      byId(`take-${suffix}`).addEventListener("click", async () => {
        const label = getExplanation().raw.label.replace(/[^\p{L}\p{N}.=-]+/gu, "-");
        save(await make(), `${label || "explanation"}.${suffix}`);
      });
    }
  }
}

function save(blob, name) {
  const address = URL.createObjectURL(blob);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), SECONDS_TO_SAVE * 1000);
}

async function asPng(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = element("canvas", {
    width: PIXELS_PER_PIXEL * image.width,
    height: PIXELS_PER_PIXEL * image.height,
  });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

// The file for shapiq.InteractionValues.load.
function asJson({ raw, set, values }) {
  const data = {};
  for (let i = 0; i < set.length; i++) {
    data[set.sizes[i] ? Array.from(set.players(i)).join(",") : "Empty"] = exact(values[i]);
  }
  return JSON.stringify({ ...raw.file, data }, null, 2);
}

// All interactions, the strongest first.
function asCsv(explanation) {
  const { set, values, errors, resolved, kinds } = explanation;
  // a name that begins as a formula does would be one in a spreadsheet
  const quoted = (text) => `"${text.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;
  const heads = ["name", "kind", "value"];
  if (errors) heads.push("standard_error");
  if (resolved) heads.push("resolved");
  const lines = [heads.join(",")];
  for (const i of explanation.order("size")) {
    if (!set.sizes[i]) continue;
    const cells = [quoted(explanation.name(i)), quoted(explanation.kindName(kinds[i])), exact(values[i])];
    if (errors) cells.push(Number.isNaN(errors[i]) ? "" : exact(errors[i]));
    if (resolved) cells.push(explanation.resolvedText(i));
    lines.push(cells.join(","));
  }
  return `${lines.join("\r\n")}\r\n`;
}
