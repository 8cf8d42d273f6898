// The answer, told first: four numbers and a sentence.

function showAnswer({ raw }) {
  const { question, value, value_name: name, empty, fit, depends_on_text: dependence, shares, sentence } = raw.answer;
  byId("question").textContent = question;
  byId("value-name").textContent = name;
  byId("value").textContent = sizedSigned(value);
  byId("empty").textContent = sizedSigned(empty);
  byId("fit").textContent = fit === null ? "unknown" : fit.toFixed(3);
  byId("fit").classList.toggle("unknown", fit === null);
  const percent = (share) => `${Math.round(100 * share)} %`;
  byId("dependence").textContent = percent(dependence ?? 0);
  byId("dependence").parentElement.hidden = dependence === null;
  byId("shares").hidden = shares === null;
  if (shares !== null) {
    const [image, text, both] = shares.map(percent);
    byId("shares-told").textContent = `${image} of the interactions are of the image alone, ${text} of the text alone, ${both} of both`;
    ["image", "text", "both"].forEach((kind, k) => {
      byId(`share-${kind}`).style.flexGrow = shares[k];
    });
  }
  byId("sentence").hidden = !sentence.length;
  byId("sentence").replaceChildren(
    ...sentence.map(([text, isWord]) => (isWord ? element("em", { dir: "auto" }, text) : document.createTextNode(text))),
  );
}
