import { times } from "./times";

const EVERY_MS = 4000;

/** Renews the elements marked `data-live` with what the server says now, and only those that changed. */
export function liveRegions(): void {
  if (!document.querySelector("[data-live]")) return;
  const source = (root: Document): Map<string, string> =>
    new Map([...root.querySelectorAll("[data-live][id]")].map((region) => [region.id, region.innerHTML]));
  let last = source(document);

  const renew = async (): Promise<void> => {
    if (document.hidden || document.querySelector("dialog[open]")) return;
    const answer = await fetch(location.href, { headers: { "X-Refresh": "1" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = source(page);
    // The list may have become the first one (empty state gone): then the whole page is another one.
    if ([...now.keys()].sort().join() !== [...last.keys()].sort().join()) return location.reload();
    for (const [id, html] of now) {
      const region = document.getElementById(id);
      const fresh = page.getElementById(id);
      if (!region || !fresh || html === last.get(id)) continue;
      replace(region, fresh);
    }
    last = now;
  };

  const loop = async (): Promise<void> => {
    await renew();
    setTimeout(() => void loop(), EVERY_MS);
  };
  setTimeout(() => void loop(), 1000);
  document.addEventListener("visibilitychange", () => void renew());
}

function replace(region: HTMLElement, fresh: HTMLElement): void {
  const focused = region.contains(document.activeElement) ? focusKey(document.activeElement) : "";
  times(fresh);
  region.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
  if (focused) region.querySelector<HTMLElement>(focused)?.focus();
}

function focusKey(element: Element | null): string {
  if (element?.id) return `#${CSS.escape(element.id)}`;
  const href = element?.getAttribute("href");
  return href ? `a[href="${CSS.escape(href)}"]` : "";
}
