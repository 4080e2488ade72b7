/**
 * Watches the settings while the sidecar serves: another program may change Codex's URL, and `init` may record another
 * host.
 *
 * It checks the times of the last changes every few seconds and reads only changed files. Each drift is reported once.
 *
 * @module
 */

import { layerPaths } from "./codex/layers/layer_files.ts";
import { codexState } from "./codex/state.ts";
import {
  editsOf,
  knownHomes,
  manifestFile,
  readMemory,
  recordedOrigins,
} from "./state/manifest.ts";
import type { PatchContext } from "./integration.ts";

/** The time between two checks, in milliseconds. */
const INTERVAL = 5_000;

/** Receives the results. */
interface DriftListener {
  /** All origins that the manifest records: at the start and after each change. */
  hosts(hosts: readonly string[]): void;
  /** A sentence for the log. */
  notify(sentence: string): void;
}

/** Checks once, then starts to watch; the returned function stops it. */
export async function watchDrift(
  context: PatchContext,
  listener: DriftListener,
): Promise<() => void> {
  const { system, stateDir, disk, clock } = context;
  const memory = manifestFile(system, stateDir);
  let known: readonly string[] = [];
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
      // Unreadable for a moment or permanently; `sidecar status` shows which.
      seen = "";
    }
    if (!stopped) cancel = clock.after(INTERVAL, () => void look());
  }

  async function times(): Promise<string> {
    const files = [memory, ...await layerPaths(context, known)];
    const all = await Promise.all(files.map((file) => disk.stat(file)));
    return files.map((file, at) => `${file} ${all[at]?.changed}`).join();
  }

  async function read(): Promise<void> {
    const { manifest, shared, trouble } = await readMemory(disk, memory);
    // Permissions change without a new time of the last change
    if (shared) seen = "";
    listener.hosts(recordedOrigins(manifest?.edits ?? []));
    if (trouble && trouble.message !== troubled) {
      listener.notify(`${trouble.fullMessage}. The hosts that it records are not relayed to`);
    }
    troubled = trouble?.message ?? "";
    const edits = editsOf(manifest, "codex");
    known = knownHomes(manifest);
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
