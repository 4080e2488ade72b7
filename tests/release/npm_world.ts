/**
 * A registry of npm on loopback, the real verdaccio, and a machine that knows no other one: the network beyond it is dead.
 *
 * @module
 */

import assert from "node:assert/strict";
import { layOut } from "../../.ci/npm.ts";
import { PLATFORMS } from "../../.ci/npm_packages.ts";
import { npmFolder } from "../helpers/system/npm_folder.ts";
import { freePort } from "../helpers/free_port.ts";
import { removeFolder } from "../helpers/system/temp_folder.ts";

/** The last one that runs on Node 20. Its core asks for `node-fetch@cjs`, a tag that not every mirror keeps. */
const VERDACCIO = "verdaccio@6.8.0";
const OVERRIDES = { "node-fetch": "2.7.0" };

/** A program that shows what reached it: words, standard input, signals. */
const FAKE = (version: string) =>
  `#!/bin/sh
case $1 in
  --version) echo ${version} ;;
  words) shift; printf '[%s]' "$@"; cat; exit 7 ;;
  killed) kill -KILL $$ ;;
  wait) trap 'echo INT' INT; trap 'echo TERM; exit 3' TERM; echo ready; for i in $(seq 200); do sleep 0.05; done ;;
  *) echo "$*" ;;
esac
`;

/** What a command came to. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A machine with an empty home and prefix, beside the registry. */
export interface NpmWorld {
  /** The folder of everything; `prefix` below it is npm's. */
  readonly root: string;
  readonly env: Record<string, string>;
  /** Runs a program found in PATH. */
  run(program: string, args: readonly string[], input?: string): Promise<Ran>;
  /** Publishes a version for these builds, the launcher last. @default all builds */
  publish(version: string, only?: readonly string[]): Promise<void>;
}

/** A folder with verdaccio in it, or the reason why there is none. */
export function verdaccio(): ReturnType<typeof npmFolder> {
  return npmFolder("verdaccio", [VERDACCIO], OVERRIDES);
}

/** Starts the registry, runs, and takes everything away again. @param dir of {@link verdaccio} */
export async function inNpmWorld(dir: string, run: (world: NpmWorld) => Promise<void>) {
  const root = await Deno.makeTempDir({ prefix: "npm-world-" });
  const port = freePort();
  const registry = `http://127.0.0.1:${port}/`;
  await Deno.writeTextFile(`${root}/verdaccio.yaml`, settings(root));
  await Deno.mkdir(`${root}/home`);
  await Deno.writeTextFile(
    `${root}/home/.npmrc`,
    `registry=${registry}\n//127.0.0.1:${port}/:_authToken=nobody\nupdate-notifier=false\nfund=false\naudit=false\n`,
  );
  const server = new Deno.Command("node", {
    args: [
      `${dir}/node_modules/verdaccio/bin/verdaccio`,
      "--config",
      `${root}/verdaccio.yaml`,
      "--listen",
      `127.0.0.1:${port}`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await answers(`${registry}-/ping`);
    await run(world(root));
  } finally {
    server.kill("SIGKILL");
    await server.status;
    await removeFolder(root);
  }
}

function world(root: string): NpmWorld {
  const env = {
    PATH: `${root}/prefix/bin:${Deno.env.get("PATH")}`,
    HOME: `${root}/home`,
    TMPDIR: root,
    NPM_CONFIG_PREFIX: `${root}/prefix`,
    NPM_CONFIG_CACHE: `${root}/cache`,
    // Whatever is asked beyond loopback is refused
    HTTPS_PROXY: "http://127.0.0.1:9",
    HTTP_PROXY: "http://127.0.0.1:9",
    NO_PROXY: "127.0.0.1",
  };
  const command = async (program: string, args: readonly string[], input = "") => {
    const child = new Deno.Command(program, {
      args: [...args],
      env,
      clearEnv: true,
      cwd: `${root}/home`,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    // A program that ends without reading it is as it should be
    await writer.write(new TextEncoder().encode(input)).then(() => writer.close(), () => undefined);
    const { code, stdout, stderr } = await child.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), err: text(stderr) };
  };
  return {
    root,
    env,
    run: command,
    publish: async (version, only) => {
      const folders = await layFakes(root, version, only);
      const publish = async (folder: string) => {
        const { code, err } = await command("npm", ["publish", "--ignore-scripts", folder]);
        assert.equal(code, 0, err);
      };
      await Promise.all(folders.slice(0, -1).map(publish));
      await publish(folders.at(-1) ?? "");
    },
  };
}

async function layFakes(root: string, version: string, only?: readonly string[]) {
  const binaries = `${root}/binaries-${version}`;
  for (const { build, program } of PLATFORMS) {
    await Deno.mkdir(`${binaries}/${build}`, { recursive: true });
    // As downloaded from another job: the mode is lost
    const path = `${binaries}/${build}/${program.slice(4)}`;
    await Deno.writeTextFile(path, FAKE(version), { mode: 0o644 });
  }
  await Deno.writeTextFile(`${binaries}/THIRD-PARTY.txt`, "theirs");
  const repository = "someone/codex-sidecar";
  const out = `${root}/packages-${version}`;
  return await layOut({ binaries, out, version, repository, ...only && { only } });
}

/** No uplink: what was not published here is not there. */
function settings(root: string): string {
  return `storage: ${root}/storage
uplinks: {}
packages: { "**": { access: $all, publish: $all, unpublish: $all } }
max_body_size: 200mb
log: { type: stdout, format: json, level: fatal }
`;
}

async function answers(url: string): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      const response = await fetch(url);
      await response.body?.cancel();
      if (response.ok) return;
    } catch (error) {
      if (!(error instanceof TypeError) || tries > 1_200) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
