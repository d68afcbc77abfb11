import { toast } from "./toast";

/** Puts text on the clipboard; also where the page has no secure origin, as on a plain-http server in the local network. */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Permission refused: the way below may still work.
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr";
  area.setAttribute("aria-hidden", "true");
  const host = document.querySelector("dialog[open]") ?? document.body;
  host.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}

export function copyButtons(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-copy], [data-copy-code]");
    if (!button) return;
    const text = button.dataset.copy ?? button.parentElement?.querySelector("pre")?.textContent ?? "";
    void copyText(text).then((copied) => {
      toast(copied ? "Copied." : "Copying is not possible here. Select the text and copy it by hand.");
      button.focus();
    });
  });
}
