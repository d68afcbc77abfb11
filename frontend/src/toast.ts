/** Says something for six seconds, politely. Never the only trace of an error. */
export function toast(message: string): void {
  const place = document.getElementById("toasts");
  if (!place) return;
  const element = document.createElement("p");
  element.className = "toast";
  element.textContent = message;
  place.replaceChildren(element);
  setTimeout(() => element.remove(), 6000);
}
