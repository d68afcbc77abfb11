/** Filters that apply themselves: a choice at once, typing after a pause. The URL keeps the state. */
export function forms(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-auto-submit]")) {
    let timer = 0;
    form.addEventListener("change", (event) => {
      if (event.target instanceof HTMLSelectElement) form.requestSubmit();
    });
    form.addEventListener("input", (event) => {
      if (!(event.target instanceof HTMLInputElement) || event.target.type !== "search") return;
      clearTimeout(timer);
      timer = window.setTimeout(() => form.requestSubmit(), 350);
    });
    const search = form.querySelector<HTMLInputElement>("input[type=search]");
    // After the reload that a filter causes, typing goes on where it stopped.
    if (search?.value && sessionStorage.getItem("baltoro.filtering") === location.pathname) {
      search.focus();
      search.setSelectionRange(search.value.length, search.value.length);
    }
    sessionStorage.removeItem("baltoro.filtering");
    form.addEventListener("submit", () => {
      if (document.activeElement === search) sessionStorage.setItem("baltoro.filtering", location.pathname);
    });
  }
}
