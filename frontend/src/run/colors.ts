/** Resolves design tokens to plain colours, for the canvas. `light-dark()` in a token is resolved by the element's scheme. */
export function tokens<Name extends string>(names: readonly Name[]): Record<Name, string> {
  const probe = document.createElement("span");
  probe.className = "sr";
  document.body.append(probe);
  const found = {} as Record<Name, string>;
  for (const name of names) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}
