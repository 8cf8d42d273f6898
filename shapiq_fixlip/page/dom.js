// Elements of the page.

const SVG = "http://www.w3.org/2000/svg";

function byId(id) {
  return document.getElementById(id);
}

function withAttributes(made, attributes) {
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function element(name, attributes = {}, text = "") {
  const made = withAttributes(document.createElement(name), attributes);
  made.textContent = text;
  return made;
}

function drawing(name, attributes = {}) {
  return withAttributes(document.createElementNS(SVG, name), attributes);
}

// Call tell with what is under the pointer or the keyboard focus, or with null.
function whenLookedAt(root, found, tell) {
  root.addEventListener("pointerover", (event) => tell(found(event)));
  root.addEventListener("pointerleave", () => tell(null));
  root.addEventListener("focusin", (event) => tell(found(event)));
  root.addEventListener("focusout", () => tell(null));
}

// Do something once the page is shown.
function whenIdle(act) {
  (globalThis.requestIdleCallback ?? setTimeout)(act);
}

// Give an element the colour of a number, and return its strength from 0 to 1.
function tint(target, value, limit) {
  target.classList.toggle("raises", value > 0);
  target.classList.toggle("lowers", value < 0);
  return limit ? Math.min(Math.abs(value) / limit, 1) : 0;
}

// A name that leaves the direction of the text around it as it is.
function isolated(name) {
  return /[\u0590-\u08ff\u200e-\u202e\ufb1d-\ufefc]/.test(name) ? `\u2068${name}\u2069` : name;
}

// The value of a variable of the style sheet.
function styleOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
