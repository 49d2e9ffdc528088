"use strict";
// Ties the plots to the player of the scene: a cursor follows its clock, a click on a plot sets it.
const scene = document.querySelector("iframe.scene");
const charts = [...document.querySelectorAll("svg.over-time")];
const clock = () => scene && scene.contentDocument && scene.contentDocument.querySelector("input");
let shown = "";
const follow = () => {
  const box = clock();
  if (box && box.value !== shown) {
    shown = box.value;
    for (const chart of charts) {
      const { left, right, from, to } = chart.dataset;
      const share = Math.min(1, Math.max(0, (parseFloat(shown) - from) / (to - from)));
      const x = Number(left) + share * (right - left);
      const line = chart.querySelector(".cursor");
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
      line.style.opacity = 1;
    }
  }
  requestAnimationFrame(follow);
};
for (const chart of charts) {
  chart.addEventListener("click", (event) => {
    const box = clock();
    if (!box) return;
    const { left, right, from, to } = chart.dataset;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(chart.getScreenCTM().inverse()).x;
    const t = Number(from) + ((at - left) / (right - left)) * (to - from);
    const view = scene.contentWindow;
    Object.getOwnPropertyDescriptor(view.HTMLInputElement.prototype, "value").set.call(box, t.toFixed(1));
    box.dispatchEvent(new view.Event("input", { bubbles: true }));
  });
}
if (charts.length && scene) requestAnimationFrame(follow);
