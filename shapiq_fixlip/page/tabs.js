// Several explanations as tabs, of which one is shown.

class Tabs {
  constructor(labels, choose) {
    this.root = byId("tabs");
    this.root.hidden = labels.length < 2;
    this.tabs = labels.map((label, i) => {
      const tab = element("button", { type: "button", role: "tab", id: `tab-${i}`, "aria-controls": "panel" }, label);
      tab.addEventListener("click", () => choose(i));
      return tab;
    });
    this.root.append(...this.tabs);
    this.root.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step === undefined) return;
      const next = (this.tabs.indexOf(event.target) + step + this.tabs.length) % this.tabs.length;
      choose(next);
      this.tabs[next].focus();
    });
  }

  show(chosen) {
    this.tabs.forEach((tab, i) => withAttributes(tab, { "aria-selected": i === chosen, tabindex: i === chosen ? 0 : -1 }));
    if (this.root.hidden) return;
    withAttributes(byId("panel"), { role: "tabpanel", "aria-labelledby": `tab-${chosen}` });
  }
}
