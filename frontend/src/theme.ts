/** Light, dark, or as the system says. The choice is a cookie, so that the server's first byte has it and nothing flashes. */
export function theme(): void {
  const choice = document.querySelector("[data-theme-choice]");
  choice?.addEventListener("change", (event) => {
    const value = (event.target as HTMLInputElement).value;
    if (value) document.documentElement.dataset.theme = value;
    else delete document.documentElement.dataset.theme;
    const life = value ? 60 * 60 * 24 * 365 : 0;
    document.cookie = `baltoro_theme=${value}; Path=/; Max-Age=${life}; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;
    dispatchEvent(new Event("themechange"));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => dispatchEvent(new Event("themechange")));
}
