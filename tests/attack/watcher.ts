/**
 * The near end of `watch_worker.ts`.
 *
 * @module
 */

import type { Seen } from "./watch_worker.ts";

/** Watches one sidecar after the other. */
export interface Watcher {
  /** Resolves when the first answer of `/healthz` is there. */
  begin(sidecar: { readonly url: string; readonly pid: number }): Promise<void>;
  /** What was seen since; waits for an answer that is still owed. */
  end(): Promise<Seen>;
  close(): void;
}

/** Starts the thread. */
export function startWatcher(): Watcher {
  const worker = new Worker(new URL("./watch_worker.ts", import.meta.url), { type: "module" });
  const next = () =>
    new Promise<unknown>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
    });
  return {
    async begin({ url, pid }) {
      const ready = next();
      worker.postMessage({ port: Number(new URL(url).port), pid });
      await ready;
    },
    async end() {
      const seen = next();
      worker.postMessage("stop");
      return await seen as Seen;
    },
    close: () => worker.terminate(),
  };
}
