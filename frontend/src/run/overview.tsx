import { useEffect, useRef, useState } from "preact/hooks";
import { clock, count, durationMs, localClock, NOTHING, percent, perSecond, text } from "../format";
import { Icon, parameter, setParameters } from "./parts";
import { Plot, type SeriesName } from "./plot";
import type { Overview as Points, Statistic, View } from "./types";
import { isFinal, lastPoint, zeroOf } from "./types";
import { sentence } from "./words";

const STATISTICS: readonly Statistic[] = ["p95", "avg", "p50", "p99"];

const SYMBOLS: Record<SeriesName, preact.JSX.Element> = {
  vus: (
    <svg viewBox="0 0 20 12" aria-hidden="true">
      <path class="k-vus" d="M1 11V5L7 2h12v9z" />
      <path class="k-vusline" d="M1 5 7 2h12" />
    </svg>
  ),
  rate: (
    <svg viewBox="0 0 20 12" aria-hidden="true">
      <path class="k-rate" d="M1 8 7 4l6 3 6-4" />
    </svg>
  ),
  time: (
    <svg viewBox="0 0 20 12" aria-hidden="true">
      <path class="k-time" d="M0 6h20" />
    </svg>
  ),
  failures: (
    <svg viewBox="0 0 20 12" aria-hidden="true">
      <path class="k-fail" d="M2 12V8h3v4zM7 12V4h3v8zM12 12V1h3v11z" />
    </svg>
  ),
};

interface Reading {
  at: string;
  values: Record<SeriesName, string>;
}

const rateUnit = (overview: Points): string => (overview.kind === "iterations" ? "iter/s" : "req/s");

function readingAt(view: View, statistic: Statistic, index: number | null): Reading {
  const { overview, run } = view;
  const start = zeroOf(view);
  const chosen = index ?? lastPoint(overview);
  const time = overview.times[chosen];
  const values: Record<SeriesName, string> = {
    vus: count(overview.vus[chosen]),
    rate: text(perSecond(overview.rate[chosen], rateUnit(overview))),
    time: text(durationMs(overview[statistic][chosen])),
    failures: text(percent(overview.failures[chosen])),
  };
  if (index === null || time === undefined) return { at: isFinal(run) ? "at the end" : "now", values };
  return { at: `at ${clock(time - start)} · ${localClock(new Date(time * 1000))}`, values };
}

const rangeFromUrl = (): [number, number] | null => {
  const from = Number(parameter("from") ?? Number.NaN);
  const to = Number(parameter("to") ?? Number.NaN);
  return to > from && from >= 0 ? [from, to] : null;
};

export function Overview({ view }: { view: View }) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const anchor = useRef<number | null>(null);
  const marked = useRef<[number, number] | null>(null);
  const [statistic, setStatistic] = useState<Statistic>(() => STATISTICS.find((one) => one === parameter("stat")) ?? "p95");
  const [hidden, setHidden] = useState<ReadonlySet<SeriesName>>(new Set());
  const [range, setRange] = useState<readonly [number, number] | null>(rangeFromUrl);
  const [cursor, setCursor] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(parameter("view") === "table");
  const [spoken, setSpoken] = useState("");

  const zoom = (next: readonly [number, number] | null): void => {
    setRange(next);
    setParameters({ from: next ? String(next[0]) : null, to: next ? String(next[1]) : null });
  };

  useEffect(() => {
    if (asTable || !host.current) return;
    plot.current = new Plot(host.current, { cursor: setCursor, zoom: (from, to) => zoom([from, to]) });
    return () => {
      plot.current?.destroy();
      plot.current = null;
    };
  }, [asTable]);
  useEffect(() => {
    plot.current?.show({ view, statistic, hidden, range });
  }, [view, statistic, hidden, range, asTable]);

  const { overview } = view;
  // The plot counts its own points, gaps included; the read-out needs the point of the data.
  const point = cursor === null ? null : plot.current?.pointOfData(cursor) ?? null;
  const reading = readingAt(view, statistic, point);
  const names: Record<SeriesName, string> = {
    vus: "VUs",
    rate: overview.kind === "iterations" ? "Iteration rate" : "Request rate",
    time: overview.kind === "iterations" ? `${statistic} iteration` : statistic,
    failures: "Failures",
  };
  const series = (Object.keys(names) as SeriesName[]).filter((name) => name !== "failures" || overview.kind === "http");

  const keys = (event: KeyboardEvent): void => {
    const chart = plot.current;
    if (!chart) return;
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10, Home: -100_000, End: 100_000 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (event.shiftKey && anchor.current === null) anchor.current = chart.index;
      if (!event.shiftKey) {
        anchor.current = null;
        marked.current = null;
        chart.clearSelection();
      }
      chart.move(step);
      if (event.shiftKey && anchor.current !== null) marked.current = chart.select(anchor.current);
      const index = chart.index;
      const now = readingAt(view, statistic, index === null ? null : chart.pointOfData(index));
      setSpoken(`${now.at}: ${series.map((name) => `${names[name]} ${now.values[name]}`).join(", ")}`);
    } else if (event.key === "Enter" && marked.current) {
      event.preventDefault();
      chart.clearSelection();
      zoom([Math.round(marked.current[0]), Math.round(marked.current[1])]);
      anchor.current = marked.current = null;
    } else if (event.key === "Escape") {
      chart.clearSelection();
      chart.leave();
      anchor.current = marked.current = null;
      if (range) zoom(null);
    }
  };

  return (
    <section class="card" aria-labelledby="overview-h">
      <div class="card-head">
        <h2 id="overview-h">Performance overview</h2>
        {range && (
          <button type="button" class="btn btn-2 range" onClick={() => zoom(null)} aria-label={`Show the whole run instead of ${clock(range[0])} to ${clock(range[1])}`}>
            {clock(range[0])}–{clock(range[1])}
            <Icon name="x" />
          </button>
        )}
        <label class="row small">
          <span class="soft tx">Response time</span>
          <select
            class="select"
            aria-label="Response time statistic"
            value={statistic}
            onChange={(event) => {
              const value = event.currentTarget.value as Statistic;
              setStatistic(value);
              setParameters({ stat: value === "p95" ? null : value });
            }}
          >
            {STATISTICS.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          class="btn btn-3"
          aria-label={asTable ? "Show as chart" : "Show as table"}
          onClick={() => {
            setAsTable(!asTable);
            setCursor(null);
            setParameters({ view: asTable ? null : "table" });
          }}
        >
          <Icon name={asTable ? "gauge" : "list"} />
          <span class="tx">{asTable ? "Chart" : "Table"}</span>
        </button>
      </div>
      <div class="card-body">
        {asTable ? (
          <PointsTable view={view} statistic={statistic} range={range} names={names} />
        ) : (
          <>
            <div class="legend readout" role="group" aria-label="Series. Press to show or hide one">
              {series.map((name) => (
                <button
                  key={name}
                  type="button"
                  aria-pressed={!hidden.has(name)}
                  onClick={() => {
                    const next = new Set(hidden);
                    if (!next.delete(name)) next.add(name);
                    setHidden(next);
                  }}
                >
                  {SYMBOLS[name]}
                  {names[name]} <strong>{hidden.has(name) ? NOTHING : reading.values[name]}</strong>
                </button>
              ))}
              <span class="at">{reading.at}</span>
            </div>
            <div
              class="plot"
              ref={host}
              tabIndex={0}
              role="application"
              aria-roledescription="chart"
              aria-label={`${sentence(overview, statistic)} Arrow keys move the cross-hair, Shift and arrow keys select, Enter zooms, Escape goes back.`}
              onKeyDown={keys}
            />
            <p class="sr" aria-live="polite">
              {spoken}
            </p>
          </>
        )}
      </div>
    </section>
  );
}

function PointsTable({ view, statistic, range, names }: { view: View; statistic: Statistic; range: readonly [number, number] | null; names: Record<SeriesName, string> }) {
  const { overview } = view;
  const start = zeroOf(view);
  const rows = overview.times
    .map((time, index) => ({ time, index }))
    .filter(({ time }) => !range || (time - start >= range[0] && time - start <= range[1]));
  return (
    <div class="scroll points" tabIndex={0} role="region" aria-label="Performance overview as a table">
      <table class="table pin">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col" class="num">{names.vus}</th>
            <th scope="col" class="num">{names.rate}, {rateUnit(overview)}</th>
            <th scope="col" class="num">{names.time}</th>
            {overview.kind === "http" && <th scope="col" class="num">{names.failures}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ time, index }) => (
            <tr key={time}>
              <td>{clock(time - start)}</td>
              <td class="num">{count(overview.vus[index])}</td>
              <td class="num">{perSecond(overview.rate[index]).value}</td>
              <td class="num">{text(durationMs(overview[statistic][index]))}</td>
              {overview.kind === "http" && <td class="num">{text(percent(overview.failures[index]))}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
