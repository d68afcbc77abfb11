import { ago, localTime } from "./format";

/** Shows each moment in the viewer's zone; the UTC value stays in the title. */
export function times(root: ParentNode): void {
  const now = new Date();
  for (const element of root.querySelectorAll<HTMLTimeElement>("time[data-local]"))
    element.textContent = localTime(new Date(element.dateTime), now);
  for (const element of root.querySelectorAll<HTMLTimeElement>("time[data-age]"))
    element.textContent = ago(new Date(element.dateTime), now);
}

setInterval(() => {
  if (!document.hidden) times(document);
}, 30_000);
