/**
 * Notices, while the sidecar serves, that another program led Codex past it, and that `init` recorded another host.
 *
 * Looks at the time of the last change every few seconds and reads only what changed. Tells each drift once.
 *
 * @module
 */

import { configPaths } from "./codex/files.ts";
import { codexState } from "./codex/state.ts";
import { editsOf, manifestFile, readMemory, recordedOrigins } from "./manifest.ts";
import type { PatchContext } from "./integration.ts";

/** How often it looks, in milliseconds. */
const INTERVAL = 5_000;

/** Who is told. */
interface DriftListener {
  /** Every origin that the manifest records, whenever it changed; once at the start. */
  hosts(hosts: readonly string[]): void;
  /** A sentence for the log. */
  notify(sentence: string): void;
}

/** Starts to watch; the returned function stops it. */
export async function watchDrift(
  context: PatchContext,
  listener: DriftListener,
): Promise<() => void> {
  const { system, stateDir, disk, clock } = context;
  const memory = manifestFile(system, stateDir);
  const files = [memory, ...await configPaths(context)];
  let seen = "";
  let drifted = "";
  let troubled = "";
  let stopped = false;
  let cancel = () => {};
  await look();
  return () => {
    stopped = true;
    cancel();
  };

  async function look(): Promise<void> {
    try {
      const now = await times();
      if (now !== seen) {
        seen = now;
        await read();
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // Unreadable for the moment, or for good: `sidecar status` says which.
      seen = "";
    }
    if (!stopped) cancel = clock.after(INTERVAL, () => void look());
  }

  async function times(): Promise<string> {
    const all = await Promise.all(files.map((file) => disk.stat(file)));
    return all.map((facts) => facts?.changed).join();
  }

  async function read(): Promise<void> {
    const { manifest, shared, trouble } = await readMemory(disk, memory);
    // Rights change without the time of the last change
    if (shared) seen = "";
    listener.hosts(recordedOrigins(manifest?.edits ?? []));
    if (trouble && trouble.message !== troubled) {
      listener.notify(`${trouble.fullMessage}. The hosts that it records are not relayed to`);
    }
    troubled = trouble?.message ?? "";
    const edits = editsOf(manifest, "codex");
    if (edits.length === 0) return;
    const { state, facts } = await codexState({ ...context, port: manifest?.port ?? 0 }, edits);
    const found = state === "drifted" ? facts.join("; ") : "";
    if (found !== "" && drifted === "") {
      listener.notify(
        `Codex no longer goes through the sidecar. ${found}. Run sidecar init again`,
      );
    }
    drifted = found;
  }
}
