// What /api/runs/ID/live and /api/events?run=ID carry. Moments are epoch seconds, response times milliseconds, shares 0..1.

type Value = number | null;

export interface RunState {
  id: number;
  status: number;
  result_status: number;
  processing_status: number;
  created_at: number;
  started_at: Value;
  ended_at: Value;
  now: number;
  planned_duration_s: number;
  max_vus: number;
  has_data: boolean;
  error_detail: string;
  stopped_by: string;
}

export interface Tiles {
  http_reqs: Value;
  http_reqs_rate: Value;
  http_reqs_peak: Value;
  http_reqs_now: Value;
  http_failures: Value;
  http_failure_rate: Value;
  http_duration_p95: Value;
  http_duration_avg_now: Value;
  vus: Value;
  vus_max: Value;
  iterations: Value;
  iterations_rate: Value;
  iteration_duration_p95: Value;
  data_received: Value;
  data_sent: Value;
  checks_passes: Value;
  checks_total: Value;
  thresholds_passed: number;
  thresholds_total: number;
}

export type Statistic = "avg" | "p50" | "p95" | "p99";

export interface Overview extends Record<Statistic, Value[]> {
  kind: "http" | "iterations" | "none";
  step: number;
  replace: boolean;
  times: number[];
  vus: Value[];
  rate: Value[];
  failures: Value[];
}

export interface Threshold {
  id: number;
  metric: string;
  expression: string;
  passed: boolean | null;
  value: Value;
  limit: Value;
  operator: string;
  contains: string;
  type: string;
  stat: string;
  crossed_at: Value;
  abort_on_fail: boolean;
  no_data: boolean;
}

export interface Check {
  scenario: string;
  group: string;
  name: string;
  passes: number;
  fails: number;
}

export interface HttpRow {
  scenario: string;
  group: string;
  name: string;
  method: string;
  status: number;
  expected: boolean;
  count: number;
  failures: number;
  min: Value;
  avg: Value;
  med: Value;
  stddev: Value;
  p95: Value;
  p99: Value;
  max: Value;
}

export interface HttpPart {
  replace: boolean;
  total: number;
  rows: HttpRow[];
}

export interface View {
  run: RunState;
  tiles: Tiles;
  overview: Overview;
  thresholds: Threshold[];
  checks: Check[];
  http: HttpPart;
}

export interface Update extends Partial<View> {
  kind: "snapshot" | "update";
  seq: number;
  last: boolean;
  run: RunState;
}

/** The moment that a chart calls 0:00: the start, or the first bucket if that one reaches back a little further. */
export function zeroOf({ run, overview }: View): number {
  const first = overview.times[0];
  if (run.started_at === null) return first ?? 0;
  return first === undefined ? run.started_at : Math.min(run.started_at, first);
}

/** Index of the last point that holds anything; -1 without one. */
export const lastPoint = ({ vus, rate, avg }: Overview): number =>
  vus.findLastIndex((_, index) => vus[index] !== null || avg[index] !== null || !!rate[index]);

export const FINISHED = 3;
export const isFinal = (run: RunState): boolean => run.status >= FINISHED;
/** Over, and every figure computed. */
export const isDone = (run: RunState): boolean => isFinal(run) && run.processing_status >= 2;
