/** Tabs that the server rendered as links: with a script they switch in place and write their choice into the URL. */
export function tabs(): void {
  for (const list of document.querySelectorAll<HTMLElement>("[role=tablist][data-tabs]")) {
    const all = [...list.querySelectorAll<HTMLElement>("[role=tab]")];
    const choose = (tab: HTMLElement, focus: boolean): void => {
      for (const one of all) {
        const chosen = one === tab;
        one.setAttribute("aria-selected", String(chosen));
        one.tabIndex = chosen ? 0 : -1;
        const panel = document.getElementById(one.getAttribute("aria-controls") ?? "");
        if (panel) panel.hidden = !chosen;
      }
      const url = new URL(location.href);
      url.searchParams.set(list.dataset.tabs ?? "tab", tab.dataset.value ?? "");
      history.replaceState(null, "", url);
      for (const hidden of document.querySelectorAll<HTMLInputElement>(`input[type=hidden][name="${list.dataset.tabs}"]`))
        hidden.value = tab.dataset.value ?? "";
      if (focus) tab.focus();
    };
    list.addEventListener("click", (event) => {
      const tab = (event.target as Element).closest<HTMLElement>("[role=tab]");
      if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      choose(tab, false);
    });
    list.addEventListener("keydown", (event) => {
      const at = all.indexOf(event.target as HTMLElement);
      if (at < 0) return;
      const to = neighbour(event.key, at, all.length);
      const tab = to === null ? undefined : all[to];
      if (tab) {
        event.preventDefault();
        choose(tab, true);
      } else if (event.key === " ") {
        event.preventDefault();
        choose(event.target as HTMLElement, true);
      }
    });
  }
}

/** Where a key leads among `count` tabs, or null if it is not for tabs. */
export function neighbour(key: string, at: number, count: number): number | null {
  if (key === "ArrowRight") return (at + 1) % count;
  if (key === "ArrowLeft") return (at - 1 + count) % count;
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}
