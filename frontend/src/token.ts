// The account token page. The token is not in the page: it is fetched when somebody asks to see or copy it.
import { copyText } from "./copying";
import { ask } from "./dialogs";
import { toast } from "./toast";

const field = document.getElementById("token") as HTMLInputElement | null;
const see = document.getElementById("see") as HTMLButtonElement | null;
const copy = document.getElementById("copy") as HTMLButtonElement | null;
const masked = field?.value ?? "";
const meta = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');

class Refused extends Error {}

async function post(path: string, body: Record<string, string> = {}): Promise<Response> {
  return fetch(path, {
    method: "POST",
    headers: { "X-CSRF-Token": meta?.content ?? "", "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
    body: new URLSearchParams(body),
  });
}

interface Answer {
  token?: string;
  csrf_token?: string;
  error?: string;
  sign_in_again?: boolean;
}

/** Signs in once more, in a dialog. False: the person gave up. */
async function signInAgain(): Promise<boolean> {
  const dialog = document.getElementById("sudo-dialog") as HTMLDialogElement;
  const form = document.getElementById("sudo-form") as HTMLFormElement;
  const error = document.getElementById("sudo-error") as HTMLElement;
  const password = document.getElementById("sudo-password") as HTMLInputElement;
  error.hidden = true;
  password.value = "";
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const answer = await post("/account/sign-in-again", { password: password.value });
    const said = (await answer.json().catch(() => ({}))) as Answer;
    if (answer.ok && said.csrf_token && meta) {
      meta.content = said.csrf_token;
      for (const input of document.querySelectorAll<HTMLInputElement>('input[name="csrf_token"]')) input.value = said.csrf_token;
      dialog.close("yes");
      return;
    }
    error.textContent = said.error ?? "That did not work. Try again.";
    error.hidden = false;
    password.select();
  };
  const listener = (event: Event): void => void submit(event);
  form.addEventListener("submit", listener);
  try {
    return (await ask(dialog)) === "yes";
  } finally {
    form.removeEventListener("submit", listener);
    password.value = "";
  }
}

async function reveal(): Promise<string> {
  const answer = await post("/account/api-token/reveal");
  const said = (await answer.json().catch(() => ({}))) as Answer;
  if (answer.ok && said.token) return said.token;
  if (said.sign_in_again) {
    if (await signInAgain()) return reveal();
    throw new Refused();
  }
  throw new Error(said.error ?? "The token cannot be shown now. Reload the page and try again.");
}

async function guarded(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refused)) toast(error instanceof Error ? error.message : String(error));
  }
}

function hide(): void {
  if (!field || !see) return;
  field.value = masked;
  see.setAttribute("aria-pressed", "false");
  see.setAttribute("aria-label", "See the token");
  see.title = "See the token";
}

see?.addEventListener("click", () =>
  void guarded(async () => {
    if (!field || see.getAttribute("aria-pressed") === "true") return hide();
    field.value = await reveal();
    see.setAttribute("aria-pressed", "true");
    see.setAttribute("aria-label", "Hide the token");
    see.title = "Hide the token";
  }),
);

copy?.addEventListener("click", () =>
  void guarded(async () => {
    const copied = await copyText(await reveal());
    toast(copied ? "Token copied." : "Copying is not possible here. See the token and copy it by hand.");
    copy.focus();
  }),
);

const regenerate = document.getElementById("regenerate-form") as HTMLFormElement | null;
regenerate?.addEventListener("submit", (event) => {
  event.preventDefault();
  void guarded(async () => {
    const answer = await ask(document.getElementById("regenerate-dialog") as HTMLDialogElement);
    if (answer !== "yes") return;
    const fresh = document.querySelector<HTMLElement>("[data-token-card]")?.dataset.fresh === "yes";
    if (!fresh && !(await signInAgain())) return;
    regenerate.submit();
  });
});

// A page kept for "back" must not show a token again.
addEventListener("pagehide", hide);
