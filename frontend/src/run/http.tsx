import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { count, NOTHING } from "../format";
import { rowFilter } from "./filter";
import { rowKey } from "./merge";
import { Icon, parameter, setParameters } from "./parts";
import type { HttpPart, HttpRow } from "./types";

type NumberColumn = "count" | "failures" | "min" | "avg" | "med" | "stddev" | "p95" | "p99" | "max";
type Column = "name" | "method" | "status" | "scenario" | "group" | NumberColumn;

const COLUMNS: readonly (readonly [Column, string])[] = [
  ["name", "URL"],
  ["method", "Method"],
  ["status", "Status"],
  ["scenario", "Scenario"],
  ["group", "Group"],
  ["count", "Count"],
  ["failures", "Failed"],
  ["min", "Min"],
  ["avg", "Avg"],
  ["med", "Median"],
  ["stddev", "Stddev"],
  ["p95", "P95"],
  ["p99", "P99"],
  ["max", "Max"],
];
const WORDS: ReadonlySet<Column> = new Set(["name", "method", "status", "scenario", "group"]);
const AT_FIRST: readonly Column[] = ["name", "method", "status", "scenario", "count", "failures", "min", "avg", "med", "p95", "p99", "max"];
const STORED = "baltoro.http.columns";

const ROW = 44;
const MARGIN = 10;
const VIRTUAL_FROM = 100;

const number = (value: number | null): string =>
  value === null ? NOTHING : value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });

function storedColumns(): ReadonlySet<Column> {
  try {
    const stored = JSON.parse(localStorage.getItem(STORED) ?? "null") as Column[] | null;
    if (Array.isArray(stored)) return new Set(["name", ...stored.filter((one) => COLUMNS.some(([id]) => id === one))]);
  } catch {
    // Someone else's or an old value: the usual columns are fine.
  }
  return new Set(AT_FIRST);
}

function compare(column: Column, a: HttpRow, b: HttpRow): number {
  const left = a[column];
  const right = b[column];
  if (typeof left === "string" || typeof right === "string") return String(left).localeCompare(String(right));
  return (left ?? -1) - (right ?? -1);
}

export function HttpTable({ part, runId, shown }: { part: HttpPart; runId: number; shown: boolean }) {
  const [expression, setExpression] = useState(parameter("filter") ?? "");
  const [order, setOrder] = useState<{ column: Column; down: boolean }>(() => {
    const wanted = parameter("sort") ?? "";
    const column = COLUMNS.find(([id]) => id === wanted.replace("-", ""))?.[0];
    return column ? { column, down: wanted.startsWith("-") } : { column: "count", down: true };
  });
  const [columns, setColumns] = useState(storedColumns);
  const [extra, setExtra] = useState<HttpRow[]>([]);
  const [loading, setLoading] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 600 });

  const known = useMemo(() => {
    if (!extra.length) return part.rows;
    const all = new Map(extra.map((row) => [rowKey(row), row]));
    for (const row of part.rows) all.set(rowKey(row), row);
    return [...all.values()];
  }, [part.rows, extra]);
  const rows = useMemo(() => {
    const sign = order.down ? -1 : 1;
    return known.filter(rowFilter(expression)).sort((a, b) => sign * compare(order.column, a, b) || (rowKey(a) < rowKey(b) ? -1 : 1));
  }, [known, expression, order]);

  useEffect(() => {
    const element = box.current;
    if (!element || !shown) return;
    const seen = (): void => setScroll({ top: element.scrollTop, height: element.clientHeight });
    seen();
    element.addEventListener("scroll", seen, { passive: true });
    return () => element.removeEventListener("scroll", seen);
  }, [shown]);

  const loadRest = async (): Promise<void> => {
    setLoading(true);
    try {
      setExtra(await allRows(runId, part.total));
    } finally {
      setLoading(false);
    }
  };

  const virtual = rows.length > VIRTUAL_FROM;
  const first = virtual ? Math.max(0, Math.floor(scroll.top / ROW) - MARGIN) : 0;
  const last = virtual ? Math.min(rows.length, Math.ceil((scroll.top + scroll.height) / ROW) + MARGIN) : rows.length;
  const visible = COLUMNS.filter(([id]) => columns.has(id));

  const sortBy = (column: Column): void => {
    const down = order.column === column ? !order.down : !WORDS.has(column);
    setOrder({ column, down });
    setParameters({ sort: `${down ? "-" : ""}${column}` });
  };

  return (
    <>
      <div class="toolbar http-tools">
        <div class="search">
          <Icon name="search" />
          <input
            class="input"
            type="search"
            value={expression}
            placeholder="Filter, for example status:>=400 name:login"
            aria-label="Filter rows by name, method, status, scenario or group"
            onInput={(event) => {
              setExpression(event.currentTarget.value);
              setParameters({ filter: event.currentTarget.value || null });
            }}
          />
        </div>
        <div class="end">
          <button type="button" class="btn btn-3" popovertarget="columns">
            <Icon name="gear" />
            Columns
          </button>
          <div class="menu columns-menu" id="columns" popover="auto">
            {COLUMNS.slice(1).map(([id, word]) => (
              <label key={id}>
                <input
                  type="checkbox"
                  checked={columns.has(id)}
                  onChange={() => {
                    const next = new Set(columns);
                    if (!next.delete(id)) next.add(id);
                    setColumns(next);
                    localStorage.setItem(STORED, JSON.stringify([...next]));
                  }}
                />
                {word}
              </label>
            ))}
          </div>
        </div>
      </div>
      <div class={virtual ? "scroll virtual" : "scroll"} ref={box} tabIndex={0} role="region" aria-label="HTTP requests by URL">
        <table class="table pin http" aria-rowcount={rows.length + 1}>
          <thead>
            <tr>
              {visible.map(([id, word]) => (
                <th
                  key={id}
                  scope="col"
                  class={WORDS.has(id) ? "" : "num"}
                  aria-sort={order.column === id ? (order.down ? "descending" : "ascending") : undefined}
                >
                  <button type="button" class="sort" onClick={() => sortBy(id)}>
                    {word}
                    {order.column === id && <Icon name={order.down ? "down" : "up"} />}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {first > 0 && <Spacer height={first * ROW} span={visible.length} />}
            {rows.slice(first, last).map((row, index) => (
              <tr key={rowKey(row)} aria-rowindex={first + index + 2}>
                {visible.map(([id]) => (
                  <Cell key={id} row={row} column={id} />
                ))}
              </tr>
            ))}
            {last < rows.length && <Spacer height={(rows.length - last) * ROW} span={visible.length} />}
          </tbody>
        </table>
      </div>
      <div class="table-foot">
        <span>
          {rows.length === part.total ? `${count(part.total)} rows` : `${count(rows.length)} of ${count(part.total)} rows`}
          {known.length < part.total && (
            <>
              {" · "}
              <button type="button" class="link" disabled={loading} onClick={() => void loadRest()}>
                {loading ? "Loading…" : `load all ${count(part.total)}`}
              </button>
            </>
          )}
        </span>
        <span>Times in ms</span>
      </div>
    </>
  );
}

function Spacer({ height, span }: { height: number; span: number }) {
  const line = useRef<HTMLTableCellElement>(null);
  // Set through the CSSOM: the page's policy forbids style attributes.
  useEffect(() => {
    if (line.current) line.current.style.height = `${height}px`;
  }, [height]);
  return (
    <tr aria-hidden="true" class="spacer">
      <td ref={line} colSpan={span} />
    </tr>
  );
}

function Cell({ row, column }: { row: HttpRow; column: Column }) {
  if (column === "name")
    return (
      <td>
        <span class="row">
          <Icon name={row.expected ? "st-pass" : "st-fail"} kind={`i st ${row.expected ? "pass" : "fail"}`} />
          <span class="sr">{row.expected ? "expected response: " : "unexpected response: "}</span>
          <span class="clip mono" title={row.name}>
            {row.name}
          </span>
        </span>
      </td>
    );
  if (column === "status") return <td class={row.expected ? "" : "fail"}>{row.status || "no response"}</td>;
  if (column === "group") return <td class="soft">{row.group.replace(/^::/, "").replaceAll("::", " › ") || NOTHING}</td>;
  if (column === "method" || column === "scenario") return <td class={column === "method" ? "" : "soft"}>{row[column]}</td>;
  if (column === "count" || column === "failures")
    return <td class={column === "failures" && row.failures ? "num fail" : "num"}>{count(row[column])}</td>;
  return <td class="num">{number(row[column])}</td>;
}

interface ApiRow extends Omit<HttpRow, "expected" | "avg" | "med" | "stddev" | "failures" | "group"> {
  expected_response: boolean;
  mean: number | null;
  median?: number | null;
  stdev: number | null;
  failures?: number;
  group?: string;
}

async function allRows(runId: number, total: number): Promise<HttpRow[]> {
  const rows: HttpRow[] = [];
  for (let page = 1; rows.length < total; page += 1) {
    const answer = await fetch(`/loadtests/v3/urls?test_run_id=${runId}&page=${page}&page_size=1000&order_by=-count`);
    if (!answer.ok) break;
    const found = ((await answer.json()) as { "k6-urls": ApiRow[] })["k6-urls"];
    if (!found.length) break;
    for (const row of found)
      rows.push({
        ...row,
        group: row.group ?? "",
        expected: row.expected_response,
        avg: row.mean,
        med: row.median ?? null,
        stddev: row.stdev,
        failures: row.failures ?? (row.expected_response ? 0 : row.count),
      });
  }
  return rows;
}
