import type { Update } from "./types";

const POLL_MS = 3000;
const DOT_AFTER_MS = 5000;
const SILENCE_MS = 10_000;
const LONGEST_PAUSE_MS = 30_000;

export type Link = "live" | "reconnecting" | "signed-out" | "gone" | "ended";

interface Listener {
  update(update: Update): void;
  link(link: Link): void;
}

/**
 * Follows a run: one event stream, resumed by its last event id; while it is down, the state is polled every 3 s.
 * The link is called "reconnecting" only after five seconds without news from either.
 */
export function follow(runId: number, { update, link }: Listener): void {
  let ended = false;
  let pause = 1000;
  let lastNews = Date.now();
  let source: EventSource | null = null;
  let polling = 0;

  const end = (how: Link): void => {
    ended = true;
    source?.close();
    clearInterval(polling);
    clearInterval(watch);
    link(how);
  };

  const take = (message: Update): void => {
    lastNews = Date.now();
    link("live");
    update(message);
    if (message.last) end("ended");
  };

  const poll = async (): Promise<void> => {
    const answer = await fetch(`/api/runs/${runId}/live`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer || ended) return;
    if (answer.status === 401) return end("signed-out");
    if (answer.status === 403 || answer.status === 404) return end("gone");
    if (answer.ok) take((await answer.json()) as Update);
  };

  const open = (): void => {
    if (ended) return;
    // The browser resumes by Last-Event-ID while this object lives; a new one begins with the whole picture.
    source = new EventSource(`/api/events?run=${runId}`);
    source.onopen = () => {
      clearInterval(polling);
      polling = 0;
      pause = 1000;
      lastNews = Date.now();
    };
    source.onmessage = (event: MessageEvent<string>) => {
      lastNews = Date.now();
      if (event.data) take(JSON.parse(event.data) as Update);
    };
    source.onerror = () => {
      if (!polling && !ended) polling = window.setInterval(() => void poll(), POLL_MS);
      if (source?.readyState !== EventSource.CLOSED) return;
      void poll();
      setTimeout(open, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    };
  };

  const watch = window.setInterval(() => {
    const silence = Date.now() - lastNews;
    const isOpen = source?.readyState === EventSource.OPEN;
    // An open line may be dead, or the run may have nothing to say: asking once tells.
    if (isOpen && silence > SILENCE_MS) void poll();
    if (silence > (isOpen ? SILENCE_MS + DOT_AFTER_MS : DOT_AFTER_MS)) link("reconnecting");
  }, 1000);

  open();
}
