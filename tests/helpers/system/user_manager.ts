/**
 * A `systemd --user` of a test's own: a home, a runtime folder, a process namespace and a cgroup that hold nothing else.
 *
 * The machine's own manager, its processes and its cgroups are neither seen nor touched: left to itself, a user manager
 * that finds itself in the root cgroup moves everybody else's processes into a scope of its own. When the test
 * ends, however it ends, the kernel ends everything inside.
 *
 * @module
 */

import { removeFolder } from "./temp_folder.ts";

/** A manager that runs. */
export interface UserManager {
  /** The home, with a blank and other traps in its name. */
  readonly home: string;
  /** What a login would set. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a program beside the manager, as its user. */
  run(words: readonly string[], env?: Record<string, string>): Promise<Output>;
  /** Ends it with everything it runs, and removes the home. */
  stop(): Promise<void>;
}

/** How a program ended. */
export interface Output {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** In the mount namespace: cgroup2 alone, one cgroup for the manager, and nothing of the others to be seen from in it. */
const INSIDE = `set -eu
mount -t tmpfs tmpfs /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
own=/sys/fs/cgroup/sidecar-test-$1
mkdir $own
sh -eu -c '
  echo $$ > '$own'/cgroup.procs
  exec unshare --cgroup --mount sh -eu -c "
    umount /sys/fs/cgroup
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    grep -qx 0::/ /proc/self/cgroup
    test \\$(wc -l < /sys/fs/cgroup/cgroup.procs) -le 2
    mount -t tmpfs tmpfs /run/systemd
    mkdir -p /run/systemd/system
    exec /lib/systemd/systemd --user
  "
' || true
for tries in 1 2 3 4 5; do
  find $own -depth -type d -exec rmdir {} + 2>/dev/null && break
  sleep 0.1
done
`;

/** Starts one; `undefined` where it cannot be: not Linux, not root, no systemd, namespaces forbidden. */
export async function startUserManager(): Promise<UserManager | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return undefined;
  const root = await Deno.makeTempDir({ prefix: "sidecar-manager-" });
  const home = `${root}/ho me 100% $HOME "中文" it's`;
  const runtime = `${root}/run`;
  await Deno.mkdir(home);
  await Deno.mkdir(runtime, { mode: 0o700 });
  const env = {
    HOME: home,
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    XDG_RUNTIME_DIR: runtime,
    SYSTEMD_LOG_TARGET: "null",
  };
  const id = root.replace(/^.*-/, "");
  const flags = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const child = new Deno.Command("unshare", {
    args: [...flags, "sh", "-c", INSIDE, "sh", id],
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  const manager = spawn(child);
  const remove = () => removeFolder(root);
  if (manager === undefined || !await answers(`${runtime}/systemd/private`, manager)) {
    manager?.kill("SIGKILL");
    await manager?.status;
    await remove();
    return undefined;
  }
  const inside = (await Deno.readTextFile(`/proc/${manager.pid}/task/${manager.pid}/children`))
    .trim();
  const run = async (words: readonly string[], more: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await new Deno.Command("nsenter", {
      args: ["--target", inside, "--pid", "--mount", ...words],
      clearEnv: true,
      env: { ...env, ...more },
      cwd: "/",
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), err: text(stderr) };
  };
  return {
    home,
    env,
    run,
    async stop() {
      await run(["systemctl", "--user", "exit"]);
      const timer = setTimeout(() => manager.kill("SIGKILL"), 20_000);
      await manager.status;
      clearTimeout(timer);
      await remove();
    },
  };
}

function spawn(command: Deno.Command): Deno.ChildProcess | undefined {
  try {
    return command.spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Waits until the manager's socket is there; false where it ends before. */
async function answers(socket: string, manager: Deno.ChildProcess): Promise<boolean> {
  let over = false;
  manager.status.then(() => over = true);
  for (let waited = 0; waited < 60_000 && !over; waited += 50) {
    if (await Deno.stat(socket).then(() => true, () => false)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}
