import uPlot from "uplot";
import { clock } from "../format";
import { tokens } from "./colors";
import type { Statistic, View } from "./types";
import { isFinal, lastPoint, zeroOf } from "./types";

export const SERIES = ["vus", "rate", "time", "failures"] as const;
export type SeriesName = (typeof SERIES)[number];

const NARROW = 560;
// Shares of the plot's height: the failure lane at the bottom, a gap, then the main area.
const LANE = 0.13;
const BELOW = 0.2;
const STEPS = 3;

export interface Shown {
  view: View;
  statistic: Statistic;
  hidden: ReadonlySet<SeriesName>;
  range: readonly [number, number] | null;
}

export interface PlotEvents {
  cursor(index: number | null): void;
  zoom(from: number, to: number): void;
}

/** A round number of three equal round steps that covers `most`. */
export function roundTop(most: number, whole = false): number {
  if (!(most > 0) || (whole && most <= STEPS)) return STEPS;
  const step = most / STEPS;
  const magnitude = 10 ** Math.floor(Math.log10(step));
  for (const nice of [1, 2, 2.5, 4, 5, 8, 10]) if ((!whole || Number.isInteger(nice * magnitude)) && nice * magnitude >= step * 0.999) return nice * magnitude * STEPS;
  return 10 * magnitude * STEPS;
}

const most = (values: readonly (number | null)[]): number => values.reduce<number>((top, value) => Math.max(top, value ?? 0), 0);

const axisNumber = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 2 : 0 });

/** Seconds between marks of the time axis, for at most `count` of them. */
function timeStep(length: number, count: number): number {
  const wanted = length / count;
  for (const nice of [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200]) if (nice >= wanted) return nice;
  return 86400;
}

export class Plot {
  private chart: uPlot | null = null;
  private shown: Shown | null = null;
  private readonly flag = document.createElement("span");
  private readonly resizing: ResizeObserver;
  private width = 0;
  private silent = false;

  constructor(
    private readonly host: HTMLElement,
    private readonly events: PlotEvents,
  ) {
    this.flag.className = "flag-label";
    this.flag.hidden = true;
    this.resizing = new ResizeObserver(() => this.resized());
    this.resizing.observe(host);
    addEventListener("themechange", this.recolour);
  }

  destroy(): void {
    this.resizing.disconnect();
    removeEventListener("themechange", this.recolour);
    this.chart?.destroy();
    this.chart = null;
  }

  show(shown: Shown): void {
    const before = this.shown;
    this.shown = shown;
    if (!this.chart || before?.view.overview.kind !== shown.view.overview.kind) return this.build();
    for (const [index, name] of SERIES.entries()) {
      const visible = !shown.hidden.has(name);
      if (this.chart.series[index + 1]?.show !== visible) this.chart.setSeries(index + 1, { show: visible }, false);
    }
    const left = this.chart.cursor.left ?? -1;
    this.chart.setData(this.columns(), true);
    if (left >= 0) this.silently(() => this.chart?.setCursor({ left, top: this.chart.cursor.top ?? 0 }));
  }

  /** Moves the cross-hair by `steps` points and tells where it stands. */
  move(steps: number): void {
    const chart = this.chart;
    const times = chart?.data[0];
    if (!chart || !times?.length) return;
    const { min = 0, max = 0 } = chart.scales["x"] ?? {};
    const first = times.findIndex((time) => time >= (min ?? 0));
    const last = times.findLastIndex((time) => time <= (max ?? 0));
    const at = chart.cursor.idx ?? (steps > 0 ? first - 1 : last + 1);
    const index = Math.max(first, Math.min(last, at + steps));
    const time = times[index];
    if (time !== undefined) chart.setCursor({ left: chart.valToPos(time, "x"), top: 0 });
  }

  leave(): void {
    this.chart?.setCursor({ left: -10, top: -10 });
  }

  /** Marks from point `from` to the cross-hair, as dragging would. */
  select(from: number): [number, number] | null {
    const chart = this.chart;
    const to = chart?.cursor.idx;
    const a = chart?.data[0][from];
    const b = to == null ? undefined : chart?.data[0][to];
    if (!chart || a === undefined || b === undefined) return null;
    const [low, high] = a < b ? [a, b] : [b, a];
    const left = chart.valToPos(low, "x");
    chart.setSelect({ left, top: 0, width: chart.valToPos(high, "x") - left, height: chart.over.clientHeight }, false);
    return [low, high];
  }

  get index(): number | null {
    return this.chart?.cursor.idx ?? null;
  }

  /** The point of the overview that a position on the plot, which may have gaps, stands for. */
  pointOfData(index: number): number | null {
    const seconds = this.chart?.data[0][index];
    const { view } = this.shown ?? {};
    if (seconds === undefined || !view) return null;
    const moment = seconds + zeroOf(view);
    const found = view.overview.times.findIndex((time) => Math.abs(time - moment) < 0.01);
    return found < 0 ? null : found;
  }

  clearSelection(): void {
    this.chart?.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  private readonly recolour = (): void => {
    requestAnimationFrame(() => this.build());
  };

  private silently(work: () => void): void {
    this.silent = true;
    work();
    this.silent = false;
  }

  private resized(): void {
    const width = Math.floor(this.host.clientWidth);
    if (!width || width === this.width) return;
    const changesMode = width < NARROW !== this.width < NARROW;
    this.width = width;
    if (!this.chart || changesMode) this.build();
    else this.chart.setSize({ width, height: this.height });
  }

  private get height(): number {
    return this.width < NARROW ? 280 : this.width > 1300 ? 380 : 316;
  }

  private columns(): uPlot.AlignedData {
    const { view, statistic } = this.shown as Shown;
    const { overview } = view;
    const start = zeroOf(view);
    const times: number[] = [];
    const columns: (number | null)[][] = [[], [], [], []];
    let before: number | null = null;
    for (const [index, time] of overview.times.entries()) {
      // A gap in the data is a gap in the line: one empty point breaks it.
      if (before !== null && time - before > overview.step * 1.5) {
        times.push(before + overview.step - start);
        for (const column of columns) column.push(null);
      }
      times.push(time - start);
      columns[0]?.push(overview.vus[index] ?? null);
      columns[1]?.push(overview.rate[index] ?? null);
      columns[2]?.push(overview[statistic][index] ?? null);
      columns[3]?.push(overview.failures[index] || null);
      before = time;
    }
    return [times, ...columns] as uPlot.AlignedData;
  }

  private xRange(): uPlot.Range.MinMax {
    const shown = this.shown as Shown;
    if (shown.range) return [shown.range[0], shown.range[1]];
    const { run, overview } = shown.view;
    const start = zeroOf(shown.view);
    const end = (overview.times[lastPoint(overview)] ?? start) + overview.step - start;
    const planned = isFinal(run) ? 0 : run.planned_duration_s;
    return [0, Math.max(end, planned, 5)];
  }

  /** Largest value in the visible part, so that zooming in also stretches. */
  private top(column: number): number {
    const chart = this.chart;
    const data = this.columns();
    const [from, to] = this.xRange();
    const times = data[0] as number[];
    const values = (data[column] ?? []) as (number | null)[];
    return chart === null ? most(values) : most(values.filter((_, index) => (times[index] ?? 0) >= (from ?? 0) && (times[index] ?? 0) <= (to ?? 0)));
  }

  private build(): void {
    const shown = this.shown;
    this.width = Math.floor(this.host.clientWidth) || this.width;
    if (!shown || !this.width) return;
    const narrow = this.width < NARROW;
    this.chart?.destroy();
    const colours = tokens(["s-vus", "s-vus-fill", "s-rate", "s-time", "s-fail", "line", "line-soft", "text-2", "text-3", "accent", "surface"] as const);
    const main = (column: number) => (): uPlot.Range.MinMax => {
      const top = roundTop(this.top(column), column === 1);
      return [(-top * BELOW) / (1 - BELOW), top];
    };
    const splits = (chart: uPlot, axis: number): number[] => {
      const top = chart.scales[chart.axes[axis]?.scale ?? ""]?.max ?? STEPS;
      return [0, top / STEPS, (top / STEPS) * 2, top];
    };
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const axis = (scale: string, side: 1 | 3, stroke: string, size: number, grid: boolean): uPlot.Axis => ({
      scale,
      side,
      stroke,
      size,
      font,
      gap: 6,
      ticks: { show: false },
      grid: grid ? { stroke: colours["line-soft"], width: 1 } : { show: false },
      splits: (chart, index) => splits(chart, index),
      values: (_chart, values) => values.map(axisNumber),
    });
    const failureTop = (): number => Math.max(0.01, this.top(4)) ;
    const options: uPlot.Options = {
      width: this.width,
      height: this.height,
      padding: [22, narrow ? 8 : 12, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, range: () => this.xRange() },
        vus: { range: main(1) },
        rate: { range: main(2) },
        time: { range: main(3) },
        failures: { range: () => [0, failureTop() / LANE] },
      },
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false, dist: 6 },
        // The hair stands on points of the data only: what the read-out says is what lies under it.
        move: (chart, left, top) => {
          const index = left < 0 ? null : chart.posToIdx(left);
          const time = index === null ? undefined : chart.data[0][index];
          return [time === undefined ? left : Math.round(chart.valToPos(time, "x")), top];
        },
        points: { size: (_chart, index) => (index === 4 ? 0 : 10), width: 2, stroke: colours.surface, fill: (_chart, index) => [ "", colours["s-vus"], colours["s-rate"], colours["s-time"], colours["s-fail"]][index] ?? "" },
      },
      series: [
        {},
        { scale: "vus", stroke: colours["s-vus"], fill: colours["s-vus-fill"], width: 1.25, points: { show: false }, show: !shown.hidden.has("vus"), ...{ fillTo: 0 } },
        { scale: "rate", stroke: colours["s-rate"], width: 2, points: { show: false }, show: !shown.hidden.has("rate") },
        { scale: "time", stroke: colours["s-time"], width: 1.75, dash: [6, 2.5], points: { show: false }, show: !shown.hidden.has("time") },
        {
          scale: "failures",
          fill: colours["s-fail"],
          stroke: colours["s-fail"],
          width: 0,
          points: { show: false },
          show: !shown.hidden.has("failures"),
          paths: uPlot.paths.bars?.({ size: [0.8, 14], align: 0 }) as uPlot.Series.PathBuilder,
        },
      ],
      axes: [
        {
          stroke: colours["text-3"],
          font,
          size: 26,
          gap: 6,
          ticks: { show: false },
          grid: { stroke: colours["line-soft"], width: 1 },
          splits: (_chart, _index, low, high) => {
            const step = timeStep(high - low, narrow ? 5 : 10);
            const marks: number[] = [];
            for (let at = Math.ceil(low / step) * step; at <= high + 0.01; at += step) marks.push(at);
            return marks;
          },
          values: (_chart, values) => values.map((value) => clock(value)),
        },
        axis("vus", 3, colours["text-3"], narrow ? 40 : 46, true),
        { ...axis("rate", 1, colours["s-rate"], 48, false), show: !narrow },
        axis("time", 1, colours["s-time"], 48, false),
      ],
      hooks: {
        setCursor: [(chart) => this.cursorMoved(chart)],
        setSelect: [
          (chart) => {
            if (chart.select.width < 4) return;
            const from = chart.posToVal(chart.select.left, "x");
            const to = chart.posToVal(chart.select.left + chart.select.width, "x");
            this.clearSelection();
            this.events.zoom(Math.max(0, Math.round(from)), Math.round(to));
          },
        ],
        drawAxes: [(chart) => this.drawLane(chart, colours, font, narrow, failureTop())],
        draw: [(chart) => this.drawNow(chart, colours.accent)],
      },
    };
    this.chart = new uPlot(options, this.columns(), this.host);
    this.chart.over.append(this.flag);
    // A double click resets uPlot's own zoom; ours lives in the URL.
    this.chart.over.addEventListener("dblclick", (event) => event.stopImmediatePropagation(), true);
  }

  private cursorMoved(chart: uPlot): void {
    const index = chart.cursor.idx ?? null;
    const inside = index !== null && (chart.cursor.left ?? -1) >= 0;
    this.flag.hidden = !inside;
    if (inside) {
      this.flag.textContent = clock(chart.data[0][index] ?? 0);
      this.flag.style.left = `${chart.valToPos(chart.data[0][index] ?? 0, "x")}px`;
    }
    if (!this.silent) this.events.cursor(inside ? index : null);
  }

  private drawLane(chart: uPlot, colours: Record<string, string>, font: string, narrow: boolean, failureTop: number): void {
    const { ctx } = chart;
    const scale = devicePixelRatio;
    const { left, top, width, height } = chart.bbox;
    const zero = Math.round(chart.valToPos(0, "vus", true));
    const lane = Math.round(chart.valToPos(failureTop, "failures", true));
    ctx.save();
    ctx.strokeStyle = colours["line"] ?? "";
    ctx.lineWidth = scale;
    for (const y of [zero, top + height]) {
      ctx.beginPath();
      ctx.moveTo(left, y);
      ctx.lineTo(left + width, y);
      ctx.stroke();
    }
    ctx.font = font.replace("11px", `${11 * scale}px`);
    const write = (words: string, x: number, y: number, align: CanvasTextAlign, colour: string | undefined): void => {
      ctx.textAlign = align;
      ctx.textBaseline = "middle";
      ctx.fillStyle = colour ?? "";
      ctx.fillText(words, x, y);
    };
    const kind = this.shown?.view.overview.kind;
    const unit = top - 13 * scale;
    write("VUs", left - 6 * scale, unit, "right", colours["text-2"]);
    const right = left + width + 6 * scale;
    if (!narrow) write(kind === "iterations" ? "iter/s" : "req/s", right, unit, "left", colours["s-rate"]);
    write("ms", right + (narrow ? 0 : 48 * scale), unit, "left", colours["s-time"]);
    if (kind !== "iterations") {
      const percent = failureTop * 100;
      write(`${percent < 10 ? Math.round(percent * 10) / 10 : Math.round(percent)} %`, left - 6 * scale, lane, "right", colours["s-fail"]);
      if (!narrow) write("failures", right, (lane + top + height) / 2, "left", colours["s-fail"]);
    }
    ctx.restore();
  }

  private drawNow(chart: uPlot, colour: string): void {
    const shown = this.shown;
    const point = shown ? shown.view.overview.times[lastPoint(shown.view.overview)] : undefined;
    const last = point === undefined || !shown ? undefined : point - zeroOf(shown.view);
    if (!shown || last === undefined || isFinal(shown.view.run) || shown.range) return;
    const { ctx } = chart;
    const x = Math.round(chart.valToPos(last, "x", true));
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, chart.bbox.top);
    ctx.lineTo(x, chart.bbox.top + chart.bbox.height);
    ctx.stroke();
    ctx.restore();
  }
}
