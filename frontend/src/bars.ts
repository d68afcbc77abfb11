/** Arrow keys walk through the bars of a chart of runs; Tab enters and leaves it once. */
export function bars(): void {
  document.addEventListener("keydown", (event) => {
    const chart = (event.target as Element).closest("[data-bars]");
    if (!chart) return;
    const all = [...chart.querySelectorAll<SVGAElement>("a.bar")];
    const at = all.indexOf((event.target as Element).closest("a.bar") as SVGAElement);
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
    const target = next === undefined ? undefined : all[next];
    if (!target) return;
    event.preventDefault();
    for (const bar of all) bar.setAttribute("tabindex", bar === target ? "0" : "-1");
    target.focus();
  });
}
