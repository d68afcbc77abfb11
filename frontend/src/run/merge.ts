import type { HttpPart, HttpRow, Overview, RunState, Tiles, Update, View } from "./types";
import { isFinal } from "./types";

const COLUMNS = ["vus", "rate", "failures", "avg", "p50", "p95", "p99"] as const;
const GROWING = ["http_reqs", "http_failures", "iterations", "data_received", "data_sent", "checks_passes", "checks_total"] as const;

/** The view after an update. Counters never fall and an ended run stays ended, whatever order messages come in. */
export function merged(view: View, update: Update): View {
  return {
    run: mergedRun(view.run, update.run),
    tiles: update.tiles ? mergedTiles(view.tiles, update.tiles) : view.tiles,
    overview: update.overview ? mergedOverview(view.overview, update.overview) : view.overview,
    thresholds: update.thresholds ?? view.thresholds,
    checks: update.checks ?? view.checks,
    http: update.http ? mergedHttp(view.http, update.http) : view.http,
  };
}

function mergedRun(old: RunState, fresh: RunState): RunState {
  if (isFinal(old) && !isFinal(fresh)) return old;
  return { ...fresh, has_data: old.has_data || fresh.has_data };
}

function mergedTiles(old: Tiles, fresh: Tiles): Tiles {
  const result = { ...fresh };
  for (const name of GROWING) {
    const before = old[name];
    const after = fresh[name];
    if (before != null && (after == null || after < before)) result[name] = before;
  }
  return result;
}

function mergedOverview(old: Overview, fresh: Overview): Overview {
  if (fresh.replace || fresh.step !== old.step || fresh.kind !== old.kind) return fresh;
  const first = fresh.times[0];
  if (first === undefined) return old;
  // Points come in order and late ones reach back a little: keep what lies before, then interleave by time.
  const at = new Map(old.times.map((time, index) => [time, index]));
  const place = new Map(fresh.times.map((time, index) => [time, index]));
  const times = [...new Set([...old.times, ...fresh.times])].sort((a, b) => a - b);
  const result: Overview = { ...fresh, replace: true, times };
  for (const column of COLUMNS)
    result[column] = times.map((time) => {
      const index = place.get(time);
      if (index !== undefined) return fresh[column][index] ?? null;
      return old[column][at.get(time) ?? -1] ?? null;
    });
  return result;
}

export const rowKey = (row: HttpRow): string =>
  JSON.stringify([row.scenario, row.group, row.name, row.method, row.status, row.expected]);

function mergedHttp(old: HttpPart, fresh: HttpPart): HttpPart {
  if (fresh.replace) return fresh;
  const rows = new Map(old.rows.map((row) => [rowKey(row), row]));
  for (const row of fresh.rows) rows.set(rowKey(row), row);
  return { replace: true, total: fresh.total, rows: [...rows.values()] };
}
