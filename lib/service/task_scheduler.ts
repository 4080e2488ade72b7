/**
 * The Task Scheduler of Windows, controlled through `schtasks`.
 *
 * It stores the definition itself; the file only transfers it. `schtasks /end` ends `conhost.exe` and may
 * leave its children running (martymcenroe/AssemblyZero#2016), so the program is found by its command line and ended
 * too. Windows cannot ask it to stop: running answers are cut, and Codex sends its request again.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { type Manager, type ManagerContext, type Ran, toolFailure } from "./manager.ts";
import { utf16, windowsTask } from "./windows_task.ts";

const TASK = "codex-sidecar";

const HINT =
  "Look at Task Scheduler, Task Scheduler Library; or start the sidecar by hand: sidecar";

/** Ends every sidecar that runs as `serve --log-dir …`, the command line of the task. */
const END_PROCESSES =
  "Get-CimInstance Win32_Process | Where-Object { $_.ProcessId -ne $PID -and $_.CommandLine -match ' serve --log-dir ' -and $_.CommandLine -match 'sidecar|main\\.ts' } | ForEach-Object { Stop-Process -Id $_.ProcessId -Force -ErrorAction SilentlyContinue }";

/** The manager for tasks of this user. Its file lies in the sidecar's own folder. */
export function taskScheduler({ env, runTool, stateDir }: ManagerContext): Manager {
  const file = `${stateDir}\\service.xml`;
  const powershell = (script: string) =>
    runTool("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", script]);
  const must = async (...args: string[]) => {
    const ran = await runTool("schtasks", args);
    if (ran.code !== 0) throw toolFailure("schtasks", args, ran, HINT);
  };
  const registered = async () => {
    const { code, out } = await runTool("schtasks", ["/query", "/tn", TASK, "/xml"]);
    return code === 0 ? out : undefined;
  };
  const end = async () => {
    await runTool("schtasks", ["/end", "/tn", TASK]);
    await powershell(END_PROCESSES);
  };
  return {
    name: "Task Scheduler",
    id: TASK,
    file,
    traces: [],
    registered,
    async define(service) {
      const sid = sidOf(await runTool("whoami", ["/user", "/fo", "csv", "/nh"]));
      const systemRoot = env.SystemRoot ?? env.SYSTEMROOT ?? "C:\\Windows";
      return utf16(windowsTask(service, { systemRoot, sid }));
    },
    async take(start) {
      await end();
      await must("/create", "/tn", TASK, "/xml", file, "/f");
      if (start) await must("/run", "/tn", TASK);
    },
    async stop() {
      // The task is deleted first, so that its trigger does not restart the program that is ended.
      const args = ["/delete", "/tn", TASK, "/f"];
      await runTool("schtasks", ["/end", "/tn", TASK]);
      const ran = await runTool("schtasks", args);
      await powershell(END_PROCESSES);
      return ran.code === 0 ? undefined : toolFailure("schtasks", args, ran, HINT);
    },
    forget: () => Promise.resolve(),
    async running() {
      const { code, out } = await powershell(`(Get-ScheduledTask -TaskName '${TASK}').State`);
      return code === 0 && out.trim() !== "" ? out.trim() === "Running" : undefined;
    },
  };
}

/** The user's security identifier; unlike a name, it does not depend on language and character set. */
function sidOf(ran: Ran): string {
  const sid = /S-1-[\d-]+/.exec(ran.out)?.[0];
  if (ran.code === 0 && sid !== undefined) return sid;
  throw ran.code === 0
    ? new Failure("bad_config", "whoami does not tell who you are", { hint: HINT })
    : toolFailure("whoami", ["/user"], ran, HINT);
}
