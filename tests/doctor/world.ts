/**
 * A machine for the doctor: a home with real files in it, and everything else as the test says.
 *
 * @module
 */

import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { loadConfig } from "../../lib/config/load.ts";
import type { Env } from "../../lib/config/paths.ts";
import { type CheckFinding, runChecks } from "../../lib/doctor/check.ts";
import { CHECKS } from "../../lib/doctor/checks.ts";
import { type DoctorFacts, gatherFacts, type Got, type World } from "../../lib/doctor/facts.ts";
import type { Who } from "../../lib/doctor/who/who.ts";
import { systemDisk } from "../../lib/patch/disk/system_disk.ts";
import type { IntegrationState } from "../../lib/patch/integration.ts";
import { FakeClock } from "../helpers/clock/fake_clock.ts";
import { removeFolder } from "../helpers/system/temp_folder.ts";

/** What is so on the machine; everything left out is in good order. */
export interface Setup {
  /** By path below the home. @default a good `.codex/config.toml` */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Env;
  /** The sidecar's config.yaml. */
  readonly yaml?: string;
  /** Who answers, by port. @default a sidecar of the same version on 8411 */
  readonly sidecars?: Readonly<Record<number, Who>>;
  /** Ports on which something else listens. */
  readonly listening?: readonly number[];
  /** What `codex --version` prints; `null`: there is no codex. */
  readonly codex?: string | null;
  /** What the installed Codex says to its home; `undefined`: it is not asked. */
  readonly loads?: { readonly loads: boolean; readonly why: string };
  /** The environment of a background app-server, process 77. */
  readonly daemon?: Env;
  /** The proxy that answers on every port on which something else listens. */
  readonly proxy?: string;
  /** The folder that the doctor is started in, below the home. */
  readonly folder?: string;
  readonly places?: readonly IntegrationState[];
  /** The provider's addresses; an error where it has none. */
  readonly resolve?: readonly string[] | Error;
  readonly handshake?: Error;
  readonly models?:
    | Got
    | Error
    | ((url: string, headers: Readonly<Record<string, string>>) => Got);
  /** Milliseconds in which the shared state answers; an error where it does not. @default 1 */
  readonly state?: number | Error;
  /** Columns of cc-switch's `proxy_config` row, and the base URL of its provider; no database without. */
  readonly ccSwitch?: { readonly url: string; readonly proxy: Readonly<Record<string, number>> };
}

/** A relay URL as `init` writes it, to a host of no provider's. */
export const RELAY = "http://127.0.0.1:8411/r/https/api.example.com/v1";

/** A config.toml whose provider's table is bent by `table`; `undefined` takes a line away. */
export function codexToml(
  table: Readonly<Record<string, string | undefined>> = {},
  top: Readonly<Record<string, string | undefined>> = {},
): string {
  const lines = (values: Readonly<Record<string, string | undefined>>) =>
    Object.entries(values).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key} = ${value}`]
    );
  return [
    ...lines({ model: '"some-model"', model_provider: '"custom"', ...top }),
    "[model_providers.custom]",
    ...lines({
      name: '"Some"',
      base_url: `"${RELAY}"`,
      wire_api: '"responses"',
      experimental_bearer_token: '"sk-abcdefgh12345678"',
      stream_idle_timeout_ms: "3600000",
      ...table,
    }),
    "",
  ].join("\n");
}

/** A machine and what is known of it. */
export interface Patient extends AsyncDisposable {
  readonly facts: DoctorFacts;
  readonly clock: FakeClock;
}

/** Builds one. */
export async function patient(setup: Setup): Promise<Patient> {
  const home = await Deno.makeTempDir({ prefix: "sidecar-doctor-" });
  const files = { ".codex/config.toml": codexToml(), ...setup.files };
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(`${home}/${path}`), { recursive: true });
    await Deno.writeTextFile(`${home}/${path}`, text);
  }
  if (setup.ccSwitch) await makeSwitch(home, setup.ccSwitch);
  const env = { HOME: home, ...setup.env };
  const clock = new FakeClock();
  const sidecars = setup.sidecars ?? { 8411: { is: "sidecar", version: "1.0.0", live: 0 } };
  const world: World = {
    version: "1.0.0",
    settingsFile: undefined,
    context: {
      system: "linux",
      env,
      port: 8411,
      stateDir: `${home}/state`,
      disk: systemDisk,
      clock,
      listening: (port) =>
        Promise.resolve(port in sidecars || (setup.listening ?? []).includes(port)),
      processes: () => Promise.resolve([]),
      process: (pid) =>
        Promise.resolve(
          pid === 77 && setup.daemon ? { name: "codex", env: setup.daemon } : undefined,
        ),
      localProxy: () => Promise.resolve(setup.proxy),
      ...setup.folder !== undefined && { folder: `${home}/${setup.folder}` },
    },
    config: () =>
      loadConfig({
        file: "config.yaml",
        env,
        flags: {},
        system: "linux",
        readFile: () => Promise.resolve(setup.yaml ?? ""),
      }),
    places: () => Promise.resolve(setup.places ?? []),
    who: (port) =>
      Promise.resolve(
        sidecars[port] ?? ((setup.listening ?? []).includes(port)
          ? { is: "stranger", answer: "HTTP 404, text/html: <p>" }
          : { is: "nobody" }),
      ),
    ...setup.loads && { loads: () => Promise.resolve(setup.loads) },
    command: () =>
      Promise.resolve(setup.codex === null ? undefined : setup.codex ?? "codex-cli 0.169.0\n"),
    resolve: () => settled(setup.resolve ?? ["192.0.2.1"]),
    askState: () => settled(setup.state ?? 1),
    handshake: () => settled(setup.handshake ?? undefined),
    get: (url, headers) =>
      settled(
        (typeof setup.models === "function" ? setup.models(url, headers) : setup.models) ??
          { status: 200, text: '{"data":[{"id":"a"},{"id":"some-model"}]}' },
      ),
  };
  return {
    facts: await gatherFacts(world),
    clock,
    [Symbol.asyncDispose]: () => removeFolder(home),
  };
}

/** Every finding on a machine. */
export async function examine(setup: Setup): Promise<CheckFinding[]> {
  await using one = await patient(setup);
  return await runChecks(CHECKS, one.facts, { clock: one.clock });
}

function settled<T>(value: T | Error): Promise<T> {
  return value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
}

async function makeSwitch(home: string, { url, proxy }: NonNullable<Setup["ccSwitch"]>) {
  await Deno.mkdir(`${home}/.cc-switch`, { recursive: true });
  const database = new DatabaseSync(`${home}/.cc-switch/cc-switch.db`);
  database.exec(`CREATE TABLE providers (id TEXT, app_type TEXT, name TEXT, settings_config TEXT,
    category TEXT, meta TEXT, is_current INTEGER)`);
  const config = codexToml({ base_url: `"${url}"` });
  database.prepare("INSERT INTO providers VALUES ('1', 'codex', 'Some', ?, 'custom', '{}', 1)")
    .run(JSON.stringify({ auth: {}, config }));
  const columns = Object.keys(proxy);
  database.exec(
    `CREATE TABLE proxy_config (app_type TEXT, ${
      columns.map((one) => `${one} INTEGER`).join(", ")
    })`,
  );
  database.prepare(
    `INSERT INTO proxy_config VALUES ('codex', ${columns.map(() => "?").join(", ")})`,
  )
    .run(...Object.values(proxy));
  database.close();
}
