/**
 * The ways in which a user or a supervisor asks a process to stop.
 *
 * @module
 */

/** Calls `run` each time the process is asked to stop, in place of ending it; the returned function undoes that. */
export function onStop(run: () => void): () => void {
  // Windows knows no SIGTERM; Ctrl-Break is what its supervisors can send.
  const other = Deno.build.os === "windows" ? "SIGBREAK" : "SIGTERM";
  const signals: Deno.Signal[] = ["SIGINT", other];
  for (const signal of signals) Deno.addSignalListener(signal, run);
  return () => signals.forEach((signal) => Deno.removeSignalListener(signal, run));
}
