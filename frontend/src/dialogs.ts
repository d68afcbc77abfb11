/** Shows a dialog and tells which button closed it ("" on Escape). Focus returns to where it was. */
export function ask(dialog: HTMLDialogElement): Promise<string> {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }));
}

export function dialogs(): void {
  document.addEventListener("click", (event) => {
    const close = (event.target as Element).closest("[data-close]");
    close?.closest("dialog")?.close("");
  });
}
