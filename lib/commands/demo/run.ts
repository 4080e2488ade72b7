/**
 * Runs the demo: every fault twice at once, directly and through the sidecar, and notifies a view.
 *
 * @module
 */

import { type Clock, systemRandom } from "../../base/clock.ts";
import { showDuration } from "../../base/units.ts";
import { openHistory } from "../../observe/history/history.ts";
import {
  type AttemptNote,
  combineObservers,
  type ExchangeRecord,
  type Observer,
} from "../../observe/observer.ts";
import { startServer } from "../../proxy/server.ts";
import { newToken } from "../../proxy/inbound/token.ts";
import type { Fault } from "../../simulate/faults/fault.ts";
import { startProvider } from "../../simulate/provider.ts";
import { demoConfig, demoScript } from "./cases.ts";

/** Whether a request goes directly to the provider, or through the sidecar. */
export type Via = "straight" | "through";

/** How far one request is. */
export interface Progress {
  phase: "running" | "complete" | "lost";
  /** Events the client has, without heartbeats. */
  events: number;
  heartbeats: number;
  /** When the client last received an event, or asked; on the clock. */
  received: number;
  /** What last happened, as half a sentence. */
  text: string;
}

/** One fault, and both requests that meet it. */
export interface Row {
  readonly fault: Fault;
  readonly straight: Progress;
  readonly through: Progress;
}

/** Shows a run. */
export interface View {
  /** Something worth a line happened; `row[via].text` is that line. */
  changed(row: Row, via: Via): void;
}

/** Asks one question and resolves with what went wrong, `undefined` when the complete answer came. Never rejects. */
export type Ask = (question: {
  /** A base for requests: `http://127.0.0.1:PORT/…/v1`. */
  readonly url: string;
  readonly fault: Fault;
  /** The sidecar's, to be sent as `x-sidecar-token`; `undefined` where the provider is asked. */
  readonly token: string | undefined;
  /** To be called for every event. */
  readonly received: (heartbeat: boolean) => void;
}) => Promise<string | undefined>;

/** What a run needs. */
export interface DemoRun {
  readonly faults: readonly Fault[];
  readonly clock: Clock;
  readonly ask: Ask;
  /** Makes the view of the rows that are about to run. */
  readonly view: (rows: readonly Row[]) => View;
  /** Called when all have run, while the sidecar still runs; it stops afterwards. @default it stops at once */
  readonly finished?: (rows: readonly Row[], page: DemoPage) => Promise<void>;
}

/** The dashboard of the demo's own sidecar. */
export interface DemoPage {
  readonly url: string;
  /** What its login takes. */
  readonly token: string;
}

/** Runs all faults and resolves with how each went. Leaves nothing running. */
export async function runDemo({ faults, clock, ask, view, finished }: DemoRun): Promise<Row[]> {
  const hop = (): Progress => ({
    phase: "running",
    events: 0,
    heartbeats: 0,
    received: clock.now(),
    text: "",
  });
  const rows = faults.map((fault): Row => ({ fault, straight: hop(), through: hop() }));
  const shown = view(rows);
  const records = new Map<string, ExchangeRecord[]>();
  const observer: Observer = {
    attemptFailed(note) {
      const row = rows.find(({ fault }) => fault.name === note.upstream);
      if (!row || row.through.phase !== "running") return;
      row.through.text = retrying(note);
      shown.changed(row, "through");
    },
    finished: (record) => {
      records.set(record.upstream, [...records.get(record.upstream) ?? [], record]);
    },
    notice: () => {},
  };
  const provider = await startProvider({ clock, script: demoScript() });
  const root = provider.url.replace(/\/v1$/, "");
  const token = newToken(systemRandom);
  const history = openHistory({ clock, version: "demo" });
  const sidecar = startServer(demoConfig(root, token), {
    clock,
    random: systemRandom,
    observer: combineObservers(observer, history),
    history,
    env: () => undefined,
    version: "demo",
  });
  const run = async (row: Row, via: Via) => {
    const { fault, [via]: hop } = row;
    const url = via === "straight"
      ? `${root}/straight/${fault.name}/v1`
      : `${sidecar.url}/u/${fault.name}/v1`;
    const received = (heartbeat: boolean) => {
      hop.received = clock.now();
      heartbeat ? hop.heartbeats++ : hop.events++;
      if (!heartbeat || hop.heartbeats > 1) return;
      hop.text = "silence; the sidecar sends heartbeats";
      shown.changed(row, via);
    };
    const failure = await ask({
      url,
      fault,
      received,
      token: via === "through" ? token : undefined,
    });
    hop.phase = failure === undefined ? "complete" : "lost";
    hop.text = failure ??
      (fault.best === "failure" && via === "through"
        ? "the complete answer, by its fallback"
        : summary(records.get(fault.name) ?? [], via));
    shown.changed(row, via);
  };
  try {
    await Promise.all(rows.flatMap((row) => [run(row, "straight"), run(row, "through")]));
    await finished?.(rows, { url: `${sidecar.url}/`, token });
  } finally {
    await sidecar.abort();
    await provider.stop();
  }
  return rows;
}

function retrying({ message, wait, phase }: AttemptNote): string {
  const next = phase === "after_content" ? "replays" : "tries again";
  const when = wait === undefined || wait < 100 ? "" : ` in ${showDuration(wait)}`;
  return `${next}${when}: ${message.replace(/^127\.0\.0\.1:\d+/, "the provider")}`;
}

/** What the sidecar did for the answer. */
function summary(records: readonly ExchangeRecord[], via: Via): string {
  if (via === "straight") return "the complete answer";
  const sum = (of: (record: ExchangeRecord) => number) =>
    records.reduce((total, record) => total + of(record), 0);
  const counts: [number, string][] = [
    [sum(({ heartbeats }) => heartbeats), "heartbeat"],
    [sum(({ attempts, replays }) => attempts - 1 - replays), "retry"],
    [sum(({ replays }) => replays), "replay"],
  ];
  const did = counts.filter(([n]) => n > 0).map(([n, word]) =>
    `${n} ${n === 1 ? word : many(word)}`
  );
  return ["the complete answer", ...did].join(", ");
}

function many(word: string): string {
  return word.endsWith("y") ? `${word.slice(0, -1)}ies` : `${word}s`;
}
