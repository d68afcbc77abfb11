import { clock, count, data, durationMs, measured, NOTHING, percent, perSecond, span, text } from "../format";
import type { Check, Overview, RunState, Statistic, Threshold, Tiles, View } from "./types";
import { isFinal } from "./types";

export interface Mark {
  shape: "pass" | "fail" | "running" | "aborted" | "queued";
  symbol: string;
  word: string;
}

const WORDS: Record<number, string> = {
  [-2]: "Created",
  [-1]: "Validated",
  0: "Queued",
  1: "Initializing",
  2: "Running",
  4: "Timed out",
  5: "Aborted (by user)",
  6: "Aborted (by system)",
  7: "Aborted (script error)",
  8: "Aborted (by threshold)",
  9: "Aborted (by limit)",
};

export function markOf(run: RunState): Mark {
  const word = WORDS[run.status];
  if (run.status === 1 || run.status === 2) return { shape: "running", symbol: "st-run", word: word ?? "Running" };
  if (run.status < 1) return { shape: "queued", symbol: "st-queue", word: word ?? "Queued" };
  if (run.status === 8) return { shape: "fail", symbol: "st-fail", word: word ?? "" };
  if (run.status > 3) return { shape: "aborted", symbol: "st-abort", word: word ?? "Aborted" };
  return run.result_status
    ? { shape: "fail", symbol: "st-fail", word: "Failed by threshold" }
    : { shape: "pass", symbol: "st-pass", word: "Finished" };
}

/** What the chip says beside the status. */
export function chipExtra(view: View): string {
  const crossed = view.thresholds.filter((threshold) => threshold.passed === false).length;
  if (crossed) {
    const words = crossed === 1 ? "threshold" : "thresholds";
    return isFinal(view.run) ? `${crossed} of ${view.thresholds.length} thresholds` : `${crossed} ${words} crossed`;
  }
  return "";
}

export const elapsed = (run: RunState, now: number): number =>
  run.started_at === null ? 0 : Math.max(0, (run.ended_at ?? now) - run.started_at);

export function duration(run: RunState, now: number): string {
  const seconds = elapsed(run, now);
  if (isFinal(run)) return span(seconds);
  return run.planned_duration_s ? `${clock(seconds)} of ${clock(run.planned_duration_s)}` : clock(seconds);
}

export interface Tile {
  label: string;
  value: string;
  unit: string;
  context: string;
}

const tile = (label: string, [value, unit]: readonly [string, string], context = ""): Tile => ({ label, value, unit, context });

export function tilesOf(view: View): Tile[] {
  const { tiles, run } = view;
  const final = isFinal(run);
  const list = tiles.http_reqs != null ? (final ? httpFinished(tiles) : httpRunning(tiles, run)) : plainTiles(tiles, run, final);
  if (final) list.push(...verdicts(view));
  return list;
}

const pair = ({ value, unit }: { value: string; unit: string }): readonly [string, string] => [value, unit];

function failures(tiles: Tiles): readonly [string, string] {
  return [count(tiles.http_failures), tiles.http_failure_rate == null ? "" : `· ${text(percent(tiles.http_failure_rate))}`];
}

function httpRunning(tiles: Tiles, run: RunState): Tile[] {
  return [
    tile("Requests made", [count(tiles.http_reqs), ""], `${text(perSecond(tiles.http_reqs_rate))} on average`),
    tile("HTTP failures", failures(tiles), "since the start"),
    tile("Active VUs", [count(tiles.vus), run.max_vus ? `of ${count(run.max_vus)}` : ""], "now"),
    tile("Requests/s", pair(perSecond(tiles.http_reqs_now)), "last 5 s"),
    tile("Average response time", pair(durationMs(tiles.http_duration_avg_now)), "last 5 s"),
  ];
}

function httpFinished(tiles: Tiles): Tile[] {
  return [
    tile("Requests made", [count(tiles.http_reqs), ""], `${text(perSecond(tiles.http_reqs_rate))} on average`),
    tile("HTTP failures", failures(tiles), "whole run"),
    tile("Peak RPS", pair(perSecond(tiles.http_reqs_peak)), "best moment"),
    tile("P95 response time", pair(durationMs(tiles.http_duration_p95)), "whole run"),
  ];
}

function plainTiles(tiles: Tiles, run: RunState, final: boolean): Tile[] {
  return [
    tile("Iterations", [count(tiles.iterations), ""], `${text(perSecond(tiles.iterations_rate, "per s"))} on average`),
    final
      ? tile("Most VUs", [count(tiles.vus_max), ""], "at once")
      : tile("Active VUs", [count(tiles.vus), run.max_vus ? `of ${count(run.max_vus)}` : ""], "now"),
    tile("P95 iteration duration", pair(durationMs(tiles.iteration_duration_p95)), final ? "whole run" : "so far"),
    tile("Data received", pair(data(tiles.data_received)), `${text(data(tiles.data_sent))} sent`),
  ];
}

function verdicts({ tiles, thresholds }: View): Tile[] {
  const list: Tile[] = [];
  if (thresholds.length) {
    const failed = thresholds.filter((threshold) => threshold.passed === false).length;
    const passed = thresholds.length - failed;
    list.push(tile("Thresholds", [count(passed), `of ${count(thresholds.length)} passed`], failed ? `${count(failed)} crossed` : "none crossed"));
  }
  if (tiles.checks_total) {
    const share = percent((tiles.checks_passes ?? 0) / tiles.checks_total);
    list.push(tile("Checks", pair(share), `${count(tiles.checks_passes)} of ${count(tiles.checks_total)}`));
  }
  return list;
}

export interface ThresholdWords {
  shape: Mark["shape"];
  symbol: string;
  word: string;
  value: string;
  bar: number | null;
  verdict: string;
}

/** How a threshold reads; the limit stands at 100 of 120 units of the meter. */
export function thresholdWords(row: Threshold, startedAt: number | null): ThresholdWords {
  const { shape, symbol, word } =
    row.passed === null
      ? { shape: "queued" as const, symbol: "st-queue", word: "Not known yet" }
      : row.passed
        ? { shape: "pass" as const, symbol: "st-pass", word: "Passed" }
        : { shape: "fail" as const, symbol: "st-fail", word: "Failed" };
  const value = text(measured(row.value, row.contains, kindOf(row)));
  const bar =
    row.value === null || !row.limit || row.limit < 0 ? null : Math.round(Math.max(0, Math.min(120, (row.value / row.limit) * 100)));
  return { shape, symbol, word, value, bar, verdict: verdictOf(row, startedAt) };
}

// "count" of a rate or trend metric is a plain number, whatever the metric holds.
const kindOf = (row: Threshold): string => (row.type === "rate" && row.stat === "rate" ? "rate" : "");

function verdictOf(row: Threshold, startedAt: number | null): string {
  if (row.no_data) return "no data, so it passes";
  if (row.value === null || row.limit === null) return row.passed === null ? "no data yet" : "";
  const distance = Math.abs(row.value - row.limit);
  const kind = kindOf(row);
  const size = kind === "rate" ? `${(distance * 100).toFixed(1)} pt` : text(measured(distance, row.contains, kind));
  const above = row.value > row.limit;
  const crossed = row.crossed_at === null || startedAt === null ? "" : `, crossed at ${clock(row.crossed_at - startedAt)}`;
  if (row.passed === false) return `${size} ${above ? "over" : "under"}${crossed}`;
  return distance === 0 ? "at the limit" : `${size} ${above ? "above" : "below"} the limit`;
}

export function checkWords(row: Check): { shape: Mark["shape"]; symbol: string; bar: number; success: string } {
  const hits = row.passes + row.fails;
  const failed = row.fails > 0;
  return {
    shape: failed ? "fail" : "pass",
    symbol: failed ? "st-fail" : "st-pass",
    bar: hits ? Math.min(failed ? 119 : 120, Math.round((row.passes / hits) * 120)) : 0,
    success: hits ? text(percent(row.passes / hits)) : NOTHING,
  };
}

const finite = (values: (number | null)[]): number[] => values.filter((value): value is number => value !== null);

/** The chart in one sentence, for those who do not see it. */
export function sentence(overview: Overview, statistic: Statistic): string {
  if (!overview.times.length) return "Performance overview. No data yet.";
  const length = span(overview.times.length * overview.step);
  const parts = [`Performance overview of ${length}.`];
  const vus = finite(overview.vus);
  const rate = finite(overview.rate);
  const time = finite(overview[statistic]);
  const failed = finite(overview.failures);
  const what = overview.kind === "iterations" ? "iterations/s" : "req/s";
  if (vus.length) parts.push(`Up to ${count(Math.max(...vus))} virtual users.`);
  if (rate.length) parts.push(`The rate peaks at ${text(perSecond(Math.max(...rate), what))}.`);
  if (time.length)
    parts.push(`${statistic} lies between ${text(durationMs(Math.min(...time)))} and ${text(durationMs(Math.max(...time)))}.`);
  if (failed.length)
    parts.push(Math.max(...failed) > 0 ? `Up to ${text(percent(Math.max(...failed)))} of requests fail at once.` : "No request fails.");
  return parts.join(" ");
}
