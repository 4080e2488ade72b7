/**
 * What Linux knows about a running process, read from `/proc`. Nothing here works on another system.
 *
 * @module
 */

/** Clock ticks a second in `/proc/PID/stat`: 100 on every Linux that Deno runs on. */
const TICKS = 100;

/** Resident memory in bytes. */
export function residentMemory(pid: number): number {
  const [, kib] = /VmRSS:\s*(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`)) ?? [];
  return Number(kib ?? NaN) * 1024;
}

/** Seconds of processor time used so far, by the program and by the system for it. */
export function cpuSeconds(pid: number): number {
  return secondsIn(`/proc/${pid}/stat`);
}

/** The same of its main thread alone, which in Deno runs the program: while it works, nobody else is answered. */
export function mainThreadSeconds(pid: number): number {
  return secondsIn(`/proc/${pid}/task/${pid}/stat`);
}

function secondsIn(path: string): number {
  const stat = Deno.readTextFileSync(path);
  // the second field is the program's name, and may hold blanks and brackets
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Open descriptors: files, sockets, pipes. */
export function openDescriptors(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

/** The most descriptors this process may open, which its children inherit. */
export function descriptorLimit(): number {
  const limits = Deno.readTextFileSync("/proc/self/limits");
  return Number(/Max open files\s+(\d+)/.exec(limits)?.[1] ?? NaN);
}
