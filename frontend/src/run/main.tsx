// The run page's island: takes over what changes and leaves the rest of the page as the server wrote it.
import "uplot/dist/uPlot.min.css";
import { render } from "preact";
import { ask } from "../dialogs";
import { toast } from "../toast";
import { merged } from "./merge";
import { Overview } from "./overview";
import { Icon } from "./parts";
import { Results } from "./results";
import { follow, type Link } from "./stream";
import type { RunState, View } from "./types";
import { isDone, isFinal } from "./types";
import { chipExtra, duration, elapsed, markOf, tilesOf } from "./words";

const HINT_AFTER_S = 10;
const REDRAW_MS = 1000;

const place = (id: string): HTMLElement => {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page lacks #${id}.`);
  return element;
};

let view = JSON.parse(place("run-data").textContent ?? "") as View;
let link: Link = "live";
let stopping = false;
// The server's clock rules: a viewer's may be wrong by minutes.
let ahead = view.run.now - Date.now() / 1000;
const serverNow = (): number => Date.now() / 1000 + ahead;

const help = { thresholds: helpOf("thresholds"), checks: helpOf("checks") };

function helpOf(name: string): Element | null {
  return place(`panel-${name}`).querySelector(".quiet");
}

// The server's first state goes when the island's first is drawn in the same place, so nothing moves.
for (const id of ["run-chip", "run-progress", "run-problem", "run-body", "run-duration"]) place(id).replaceChildren();

function Chip() {
  const mark = stopping && !isFinal(view.run) ? { ...markOf(view.run), word: "Stopping…" } : markOf(view.run);
  const extra = chipExtra(view);
  return (
    <span class={`chip ${mark.shape}`}>
      <Icon name={mark.symbol} />
      {mark.word}
      {extra && ` · ${extra}`}
    </span>
  );
}

function LinkState() {
  if (link === "reconnecting")
    return (
      <span class="row" role="status">
        <span class="live off" />
        reconnecting
      </span>
    );
  if (isFinal(view.run)) return <>{isDone(view.run) ? "final numbers" : "counting the last numbers…"}</>;
  return null;
}

function Progress({ run }: { run: RunState }) {
  if (isFinal(run) || !run.planned_duration_s) return null;
  const share = Math.min(1, elapsed(run, serverNow()) / run.planned_duration_s);
  return (
    <svg class="progress" viewBox="0 0 600 4" preserveAspectRatio="none" role="img" aria-label={`${Math.round(share * 100)} % of the planned time`}>
      <rect class="t" width="600" height="4" />
      <rect class="r" width={Math.round(share * 600)} height="4" />
    </svg>
  );
}

function Waiting({ run }: { run: RunState }) {
  const waited = serverNow() - (run.started_at ?? run.created_at);
  return (
    <section class="card quiet waiting-first">
      <p class="row">
        <span class="live" />
        <strong>Waiting for first data</strong>
      </p>
      {waited < HINT_AFTER_S ? (
        <p class="soft">k6 sends its first numbers a few seconds after the test begins.</p>
      ) : (
        <ul class="hints soft">
          <li>Does k6 still run? Its output says when a test begins, and why it cannot.</li>
          <li>A long setup() comes before the first numbers.</li>
          <li>Did k6 print an error about the output “cloud”? It must reach {location.origin} with K6_CLOUD_HOST set to it.</li>
          <li>A proxy in between must let POST requests to /v1 and /v2 pass.</li>
        </ul>
      )}
    </section>
  );
}

function Body() {
  const { run } = view;
  return (
    <>
      {!run.has_data && !isFinal(run) ? (
        <Waiting run={run} />
      ) : (
        <>
          <dl class="tiles">
            {tilesOf(view).map((tile) => (
              <div class="tile" key={tile.label}>
                <dt>{tile.label}</dt>
                <dd class="v">
                  {tile.value}
                  {tile.unit && <small>{tile.unit}</small>}
                </dd>
                <dd class="x">{tile.context}</dd>
              </div>
            ))}
          </dl>
          {view.overview.times.length > 0 ? (
            <Overview view={view} />
          ) : (
            <section class="card quiet">
              <p class="soft">No numbers arrived in this run, so there is no chart.</p>
            </section>
          )}
        </>
      )}
      <Results view={view} help={help} />
    </>
  );
}

function Problem({ run }: { run: RunState }) {
  const words = run.error_detail || (run.status === 5 && run.stopped_by ? `Stopped by ${run.stopped_by}.` : "");
  if (!words) return null;
  return (
    <p class={`note ${run.status === 5 ? "" : "warn"}`}>
      <Icon name={run.status === 5 ? "info" : "st-warn"} />
      <span>{words}</span>
    </p>
  );
}

let lastWord = "";

/** What moves with the clock: cheap, once a second while the run goes on. */
function drawClock(): void {
  place("run-duration").textContent = duration(view.run, serverNow());
  render(<Progress run={view.run} />, place("run-progress"));
  render(<LinkState />, place("run-link"));
  if (!view.run.has_data) render(<Body />, place("run-body"));
}

function draw(): void {
  const word = markOf(view.run).word;
  if (word !== lastWord) place("run-status").textContent = word;
  lastWord = word;
  render(<Chip />, place("run-chip"));
  render(<Problem run={view.run} />, place("run-problem"));
  render(<Body />, place("run-body"));
  if (isFinal(view.run)) document.getElementById("stop-form")?.remove();
  drawClock();
}

let drawnAt = 0;
let planned = 0;

/** Draws now or within a second, at most once a second, and not at all while nobody looks. */
function plan(): void {
  if (planned || document.hidden) return;
  const wait = Math.max(0, drawnAt + REDRAW_MS - Date.now());
  planned = window.setTimeout(() => {
    planned = 0;
    drawnAt = Date.now();
    draw();
  }, wait);
}

draw();
drawnAt = Date.now();

document.addEventListener("visibilitychange", plan);
setInterval(() => {
  if (!document.hidden && !isFinal(view.run)) drawClock();
}, 1000);

if (!isDone(view.run))
  follow(view.run.id, {
    update(update) {
      ahead = update.run.now - Date.now() / 1000;
      view = merged(view, update);
      plan();
    },
    link(now) {
      if (link === now) return;
      link = now;
      if (now === "signed-out") signedOut();
      if (now === "gone") toast("You may not see this run any more.");
      drawClock();
    },
  });

function signedOut(): void {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "signed-out-h");
  render(
    <>
      <div class="d-head">
        <div>
          <h2 id="signed-out-h">Your sign-in has ended</h2>
        </div>
      </div>
      <div class="d-body">
        <p>The page stays as it is. Sign in to go on where you are.</p>
      </div>
      <div class="d-foot">
        <button type="button" class="btn btn-2" data-close>
          Not now
        </button>
        <a class="btn btn-1" href={`/account/login?next=${encodeURIComponent(location.pathname + location.search)}`}>
          Sign in
        </a>
      </div>
    </>,
    dialog,
  );
  document.body.append(dialog);
  dialog.showModal();
}

const stop = document.getElementById("stop-form") as HTMLFormElement | null;
stop?.addEventListener("submit", (event) => {
  event.preventDefault();
  void (async () => {
    if ((await ask(place("stop-dialog") as HTMLDialogElement)) !== "yes") return;
    stopping = true;
    const button = stop.querySelector("button");
    if (button) button.disabled = true;
    draw();
    const answer = await fetch(stop.action, { method: "POST", body: new URLSearchParams(new FormData(stop) as unknown as Record<string, string>), headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) return;
    stopping = false;
    if (button) button.disabled = false;
    draw();
    toast("The run could not be stopped. Try again; if it lasts, stop k6 itself with Ctrl-C.");
  })();
});
