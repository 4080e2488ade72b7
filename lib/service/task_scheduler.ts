/**
 * The Task Scheduler of Windows, told through `schtasks`.
 *
 * It keeps the definition by itself: the file is only how it is handed over. `schtasks /end` ends `conhost.exe` and may
 * leave what runs in it (the Task Scheduler ends no children: martymcenroe/AssemblyZero#2016), so the program is found by
 * its command line and ended too. Windows has no way to ask it to stop: answers that run are cut, and Codex asks again.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { type Manager, type ManagerContext, type Ran, toolFailure } from "./manager.ts";
import { utf16, windowsTask } from "./windows_task.ts";

const TASK = "codex-sidecar";

const HINT =
  "Look at Task Scheduler, Task Scheduler Library; or start the sidecar by hand: sidecar";

/** Ends every process of ours that runs as `serve --log-dir …`, which is how the task starts it. */
const END_PROCESSES =
  "Get-CimInstance Win32_Process | Where-Object { $_.ProcessId -ne $PID -and $_.CommandLine -match ' serve --log-dir ' -and $_.CommandLine -match 'sidecar|main\\.ts' } | ForEach-Object { Stop-Process -Id $_.ProcessId -Force -ErrorAction SilentlyContinue }";

/** Opens it. */
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
      // Gone first, so that its trigger does not bring back what is ended
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

/** The user's identifier: names differ by language and character set, it does not. */
function sidOf(ran: Ran): string {
  const sid = /S-1-[\d-]+/.exec(ran.out)?.[0];
  if (ran.code === 0 && sid !== undefined) return sid;
  throw ran.code === 0
    ? new Failure("bad_config", "whoami does not tell who you are", { hint: HINT })
    : toolFailure("whoami", ["/user"], ran, HINT);
}
