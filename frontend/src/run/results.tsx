import { useEffect, useRef, useState } from "preact/hooks";
import { count } from "../format";
import { neighbour } from "../tabs";
import { HttpTable } from "./http";
import { Icon, parameter, setParameters, Table } from "./parts";
import type { View } from "./types";
import { checkWords, thresholdWords } from "./words";

interface Tab {
  id: string;
  word: string;
  passed: number;
  total: number;
}

function tabsOf(view: View): Tab[] {
  const { thresholds, checks, http } = view;
  const list = [
    { id: "thresholds", word: "Thresholds", passed: thresholds.filter((row) => row.passed !== false).length, total: thresholds.length },
    { id: "checks", word: "Checks", passed: checks.filter((row) => !row.fails).length, total: checks.length },
  ];
  if (http.total) {
    const failing = http.rows.filter((row) => row.failures > 0).length;
    list.push({ id: "http", word: "HTTP", passed: http.total - failing, total: http.total });
  }
  return list;
}

/** Thresholds, checks and HTTP rows. `help` are the server's own panels for what the script does not have. */
export function Results({ view, help }: { view: View; help: Record<string, Element | null> }) {
  const all = tabsOf(view);
  const [chosen, setChosen] = useState(parameter("tab") ?? "thresholds");
  const current = all.find((tab) => tab.id === chosen) ?? (all[0] as Tab);

  const choose = (tab: Tab, focus: boolean): void => {
    setChosen(tab.id);
    setParameters({ tab: tab.id });
    if (focus) document.getElementById(`tab-${tab.id}`)?.focus();
  };

  return (
    <section class="card run-tabs">
      <div class="tabs" role="tablist" aria-label="Results">
        {all.map((tab, index) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`tab-${tab.id}`}
            aria-controls={`panel-${tab.id}`}
            aria-selected={tab === current}
            tabIndex={tab === current ? 0 : -1}
            onClick={() => choose(tab, false)}
            onKeyDown={(event) => {
              const to = neighbour(event.key, index, all.length);
              const next = to === null ? undefined : all[to];
              if (!next) return;
              event.preventDefault();
              choose(next, true);
            }}
          >
            {tab.word}
            {tab.total > 0 && (
              <span class={tab.passed < tab.total ? "count fail" : "count"}>
                {count(tab.passed)}/{count(tab.total)}
              </span>
            )}
          </button>
        ))}
      </div>
      {all.map((tab) => (
        <div key={tab.id} role="tabpanel" id={`panel-${tab.id}`} aria-labelledby={`tab-${tab.id}`} hidden={tab !== current}>
          <h2 class="sr print-title">{tab.word}</h2>
          {tab.id === "thresholds" && (view.thresholds.length ? <Thresholds view={view} /> : <Help from={help["thresholds"]} />)}
          {tab.id === "checks" && (view.checks.length ? <Checks view={view} /> : <Help from={help["checks"]} />)}
          {tab.id === "http" && <HttpTable part={view.http} runId={view.run.id} shown={tab === current} />}
        </div>
      ))}
    </section>
  );
}

/** The server's own words, taken from this page before the island took over. */
function Help({ from }: { from: Element | null | undefined }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (from) host.current?.replaceChildren(from.cloneNode(true));
  }, [from]);
  return <div ref={host} />;
}

function Thresholds({ view }: { view: View }) {
  return (
    <Table kind="stack">
      <thead>
        <tr>
          <th scope="col">Threshold</th>
          <th scope="col" class="num">Value</th>
          <th scope="col">Against the limit</th>
          <th scope="col">Verdict</th>
        </tr>
      </thead>
      <tbody>
        {view.thresholds.map((row) => {
          const words = thresholdWords(row, view.run.started_at);
          return (
            <tr key={row.id}>
              <td>
                <span class="row">
                  <Icon name={words.symbol} kind={`i st ${words.shape}`} />
                  <span class="sr">{words.word}: </span>
                  <span>
                    <span class="name mono">{row.metric}</span> <span class="soft mono">{row.expression}</span>
                    {row.abort_on_fail && <span class="tag">aborts the run</span>}
                  </span>
                </span>
              </td>
              <td data-label="Value" class="num">{words.value}</td>
              <td data-label="Against the limit">
                {words.bar !== null && (
                  <svg class="meter lim" viewBox="0 0 120 14" role="img" aria-label={words.verdict}>
                    <rect class="t" y="4" width="120" height="6" rx="3" />
                    <rect class={words.shape === "fail" ? "f" : "r"} y="4" width={words.bar} height="6" rx="3" />
                    <path class="lm" d="M100 0v14" />
                  </svg>
                )}
              </td>
              <td data-label="Verdict" class={words.shape === "fail" ? "fail" : "soft"}>{words.verdict}</td>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}

function Checks({ view }: { view: View }) {
  return (
    <Table kind="stack">
      <thead>
        <tr>
          <th scope="col">Check</th>
          <th scope="col">Scenario</th>
          <th scope="col">Group</th>
          <th scope="col">Share</th>
          <th scope="col" class="num">Success</th>
          <th scope="col" class="num">Passed</th>
          <th scope="col" class="num">Failed</th>
        </tr>
      </thead>
      <tbody>
        {view.checks.map((row) => {
          const words = checkWords(row);
          return (
            <tr key={JSON.stringify([row.scenario, row.group, row.name])}>
              <td>
                <span class="row">
                  <Icon name={words.symbol} kind={`i st ${words.shape}`} />
                  <span class="name">{row.name}</span>
                </span>
              </td>
              <td data-label="Scenario" class="soft">{row.scenario}</td>
              <td data-label="Group" class="soft">{row.group.replace(/^::/, "").replaceAll("::", " › ") || "–"}</td>
              <td data-label="Share">
                <svg class="meter" viewBox="0 0 120 6" aria-hidden="true">
                  <rect class="t" width="120" height="6" rx="3" />
                  {words.bar < 120 && <rect class="f" width="120" height="6" rx="3" />}
                  <rect class="p" width={words.bar} height="6" rx="3" />
                </svg>
              </td>
              <td data-label="Success" class="num">{words.success}</td>
              <td data-label="Passed" class="num">{count(row.passes)}</td>
              <td data-label="Failed" class="num">{count(row.fails)}</td>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}
