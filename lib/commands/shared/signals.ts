/**
 * The ways in which a user or a supervisor asks a process to stop.
 *
 * @module
 */

/** Who asks: somebody at a terminal by Ctrl-C, or what manages the process. */
export type StopRequest = "person" | "supervisor";

/** Calls `run` each time the process is asked to stop, in place of ending it; the returned function undoes that. */
export function onStop(run: (by: StopRequest) => void): () => void {
  // Windows knows no SIGTERM; Ctrl-Break is what its supervisors can send.
  const other = Deno.build.os === "windows" ? "SIGBREAK" : "SIGTERM";
  const handlers: [Deno.Signal, () => void][] = [
    ["SIGINT", () => run("person")],
    [other, () => run("supervisor")],
  ];
  for (const [signal, handler] of handlers) Deno.addSignalListener(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) Deno.removeSignalListener(signal, handler);
  };
}
