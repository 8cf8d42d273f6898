// The answer, told first: four numbers and a sentence.

function showAnswer({ raw }) {
  const { similarity, empty, fit, shares, sentence } = raw.answer;
  byId("similarity").textContent = sizedSigned(similarity);
  byId("empty").textContent = sizedSigned(empty);
  byId("fit").textContent = fit === null ? "unknown" : fit.toFixed(3);
  const percent = (share) => `${Math.round(100 * share)} %`;
  byId("caption-share").textContent = shares === null ? "unknown" : percent(shares[1] + shares[2]);
  byId("shares").hidden = shares === null;
  if (shares !== null) {
    ["image", "text", "both"].forEach((kind, k) => {
      byId(`share-${kind}`).style.flexGrow = shares[k];
      byId(`share-${kind}`).title = `${kind}: ${percent(shares[k])}`;
    });
    const [image, text, both] = shares.map(percent);
    byId("shares").setAttribute("aria-label", `image alone ${image}, text alone ${text}, both together ${both}`);
  }
  byId("sentence").hidden = !sentence.length;
  byId("sentence").replaceChildren(
    ...sentence.map(([text, isWord]) => (isWord ? element("em", { dir: "auto" }, text) : document.createTextNode(text))),
  );
}
