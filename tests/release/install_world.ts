/**
 * A machine for `install.sh`: a home, a temporary folder and a PATH of its own, and a release page on loopback.
 *
 * @module
 */

import { fill } from "../../.github/release/release.ts";
import { serveRelease } from "../../.github/release/serve.ts";
import { which } from "../helpers/system/which.ts";
import { removeFolder } from "../helpers/system/temp_folder.ts";

export { which };

const source = new URL("../../.github/release/install.sh", import.meta.url);

/** The script as a release carries it. */
export const SCRIPT = fill(Deno.readTextFileSync(source), "someone/codex-sidecar");

/** What the installed program says when it is asked for its version. */
export const SAID = "0.1.0 (4e37627)";

/** The programs that the script may use, as far as this machine has them. */
const TOOLS = [
  ..."cat chmod cp curl getconf gzip ldd mkdir mktemp mv printf rm rmdir sed sh tar uname".split(
    " ",
  ),
  // A Mac may have only the second
  which("sha256sum") ? "sha256sum" : "shasum",
];

/** What a run differs in. */
export interface Setup {
  /** The command line before the script's own arguments. @default `["sh"]` */
  readonly shell?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Runs the script from standard input, cut to so many characters. */
  readonly piped?: number;
  /** Programs in front of the machine's own: shell scripts without their first line. */
  readonly fake?: Readonly<Record<string, string>>;
  /** Programs that the machine has not, or has besides. */
  readonly without?: readonly string[];
  readonly besides?: readonly string[];
  /** Lays out the home before the run; given the folder of everything. */
  readonly before?: (root: string) => void;
  /** Runs while the script does. */
  readonly during?: (child: Deno.ChildProcess) => Promise<void>;
  /** Keeps the archive back until it is done. */
  readonly hold?: () => Promise<void>;
  /** The files of the release, by name; what is not named is as it should be, and `null` is not there. */
  readonly assets?: Readonly<Record<string, Uint8Array<ArrayBuffer> | string | null>>;
  /** The program in the archive. @default one that prints {@link SAID} */
  readonly program?: string;
}

/** What a run came to. */
export interface Installed {
  readonly code: number;
  /** With the release page as `$PAGE` and the folder of everything as `$ROOT`. */
  readonly out: string;
  readonly err: string;
  /** The files that were asked for, below `/releases/`. */
  readonly asked: readonly string[];
  /** What is on disk where the run may write: path below the root, mode, and a word on the content. */
  readonly disk: Readonly<Record<string, string>>;
  /** Whether the run left the disk as it found it. */
  readonly untouched: boolean;
}

/** Runs the script in a world that goes away with it. */
export async function install(setup: Setup = {}): Promise<Installed> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "install-" }));
  try {
    return await installIn(root, setup);
  } finally {
    await new Deno.Command("chmod", { args: ["-R", "u+rwX", root] }).output();
    await removeFolder(root);
  }
}

async function installIn(root: string, setup: Setup): Promise<Installed> {
  for (const name of ["bin", "fake", "home", "tmp"]) Deno.mkdirSync(`${root}/${name}`);
  if (setup.shell?.[0] === "busybox") {
    await output("busybox", "--install", "-s", `${root}/bin`);
  } else {
    const wanted = [...TOOLS, ...setup.besides ?? []].filter((name) =>
      !setup.without?.includes(name)
    );
    for (const name of wanted) {
      const path = which(name);
      if (path) Deno.symlinkSync(path, `${root}/bin/${name}`);
    }
  }
  const fake = { uname: UNAME("Linux", "x86_64"), ...setup.fake };
  for (const [name, text] of Object.entries(fake)) {
    Deno.writeTextFileSync(`${root}/fake/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  Deno.writeTextFileSync(`${root}/install.sh`, SCRIPT);
  setup.before?.(root);
  const archives = new Map<string, Uint8Array<ArrayBuffer>>();
  const page = serveRelease(async (name) => {
    if (name !== "SHA256SUMS") await setup.hold?.();
    const own = setup.assets?.[name];
    if (own !== undefined) {
      return typeof own === "string" ? new TextEncoder().encode(own) : own ?? undefined;
    }
    const platforms = ["linux-x64", "linux-arm64", "macos-x64", "macos-arm64"];
    for (const platform of platforms) {
      const file = `sidecar-${platform}.tar.gz`;
      if (!archives.has(file)) {
        archives.set(file, await archive(`sidecar-${platform}`, setup.program));
      }
    }
    if (name !== "SHA256SUMS") return archives.get(name);
    const rows = [];
    for (const [file, bytes] of archives) {
      const other = setup.assets?.[file];
      rows.push(`${await digest(other instanceof Uint8Array ? other : bytes)}  ${file}\n`);
    }
    return new TextEncoder().encode(rows.join(""));
  });
  try {
    const before = disk(root);
    const piped = setup.piped !== undefined;
    const [command = "sh", ...first] = setup.shell ?? ["sh"];
    const child = new Deno.Command(which(command) ?? command, {
      args: [...first, ...(piped ? ["-s", "--"] : [`${root}/install.sh`]), ...setup.args ?? []],
      clearEnv: true,
      env: {
        HOME: `${root}/home`,
        PATH: `${root}/fake:${root}/bin`,
        TMPDIR: `${root}/tmp`,
        SHELL: "/bin/bash",
        SIDECAR_BASE_URL: page.url,
        NO_PROXY: "127.0.0.1",
        ...mapped(setup.env ?? {}, root),
      },
      cwd: root,
      stdin: piped ? "piped" : "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (piped) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(SCRIPT.slice(0, setup.piped))).catch(() =>
        undefined
      );
      await writer.close().catch(() => undefined);
    }
    const [{ code, stdout, stderr }] = await Promise.all([
      child.output(),
      setup.during?.(child),
    ]);
    const words = (bytes: Uint8Array) =>
      new TextDecoder().decode(bytes).replaceAll(page.url, "$PAGE").replaceAll(root, "$ROOT");
    const after = disk(root);
    return {
      code,
      out: words(stdout),
      err: words(stderr),
      asked: page.asked.map((path) => path.replace("/releases/", "")),
      disk: after,
      untouched: JSON.stringify(after) === JSON.stringify(before),
    };
  } finally {
    await page.stop();
  }
}

/** The archive of a build, with a shell script as the program. */
export async function archive(
  name: string,
  program = `echo "${SAID}"`,
): Promise<Uint8Array<ArrayBuffer>> {
  const work = await Deno.makeTempDir({ prefix: "archive-" });
  Deno.mkdirSync(`${work}/${name}`);
  Deno.writeTextFileSync(`${work}/${name}/sidecar`, `#!/bin/sh\n${program}\n`, { mode: 0o755 });
  Deno.writeTextFileSync(`${work}/${name}/LICENSE`, "MIT\n");
  const bytes = await output("tar", "-czf", "-", "-C", work, name);
  await removeFolder(work);
  return bytes;
}

/** A machine's `uname`. */
export function UNAME(system: string, machine: string, kind = "GNU/Linux"): string {
  return `case $1 in -s) echo ${system} ;; -m) echo ${machine} ;; -o) echo ${kind} ;; esac`;
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function output(command: string, ...args: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(`${command}: ${new TextDecoder().decode(stderr)}`);
  return stdout;
}

function mapped(env: Readonly<Record<string, string>>, root: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([key, value]) => [key, value.replaceAll("$ROOT", root)]),
  );
}

/** Everything below the folders that a run may write to. */
function disk(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (path: string) => {
    for (const { name, isDirectory, isFile } of Deno.readDirSync(`${root}/${path}`)) {
      const inner = `${path}/${name}`;
      const mode = ((Deno.lstatSync(`${root}/${inner}`).mode ?? 0) & 0o777).toString(8);
      if (isFile) {
        const text = new TextDecoder().decode(Deno.readFileSync(`${root}/${inner}`));
        found[inner] = `${mode} ${text.replace("#!/bin/sh\n", "").trim().slice(0, 60)}`;
      } else found[inner] = isDirectory ? "folder" : "link";
      if (isDirectory) walk(inner);
    }
  };
  walk("home");
  walk("tmp");
  return Object.fromEntries(Object.entries(found).sort());
}
