import type { ComponentChildren } from "preact";

export function Icon({ name, kind = "i" }: { name: string; kind?: string }) {
  return (
    <svg class={kind} aria-hidden="true">
      <use href={`#${name}`} />
    </svg>
  );
}

export function Table({ children, kind }: { children: ComponentChildren; kind: string }) {
  return (
    <div class="scroll">
      <table class={`table ${kind}`}>{children}</table>
    </div>
  );
}

/** Reads a parameter of the page's URL. */
export const parameter = (name: string): string | null => new URL(location.href).searchParams.get(name);

/** Writes parameters into the page's URL without a new history entry; null removes one. */
export function setParameters(values: Record<string, string | null>): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  history.replaceState(history.state, "", url);
}
