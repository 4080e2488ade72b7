/**
 * `deno task docs`: writes `docs/configuration.md` from the schema of the settings.
 *
 * The page is a pure function of `lib/config/schema.ts`, and a test compares the two: a setting cannot be without its
 * line, and no line can be out of date.
 *
 * @module
 */

import { type Setting, settings, SETTINGS_VERSION } from "../../lib/config/schema.ts";
import { upstreamSettings } from "../../lib/config/upstream_schema.ts";
import { userSettings } from "../../lib/config/user_schema.ts";

/** Where the page is. */
export const CONFIGURATION_PAGE = "docs/configuration.md";

/** What is said above the settings of one section; a section without words of its own has none. */
const ABOUT: Readonly<Record<string, string>> = {
  listen: "Where the sidecar listens.",
  heartbeat:
    "Codex gives up after `stream_idle_timeout_ms` without an event that has data. The interval must be shorter.",
  status:
    "Only the terminal interface of Codex 0.120 and later is told ([what was tried](facts/codex.md#9-the-status-line)). To " +
    "say something the sidecar answers 200 after this time instead of `head_grace`, so a refusal that comes later is an " +
    "event and no status. `status: off` turns it off.",
  head_grace:
    "Until then a failure is an HTTP status; afterwards it is the last event of the stream. It must be shorter than the " +
    "wait of a program in front: 60 s in cc-switch, 120 s in Codex++.",
  timeouts:
    "The deadlines of one attempt. A long silence is normal for some models, so they are generous. An attempt that " +
    "runs out of one counts as a failure like any other: it is retried, and named in the log.",
  retry: "How often one request is sent upstream before Codex reads that it failed.",
  limits: "What is larger is refused with a clear error.",
  relay: "Known providers need no entry.",
  search: "Who searches the web when Codex asks for it. See [web-search.md](web-search.md).",
  helpers:
    "Codex asks for models of OpenAI's beside the session's own: to review approvals, for titles, for memory. A provider " +
    "that has no such model is asked for this one instead.",
  vision:
    "For a model that sees no images. Each image is described once by this model, and the text stands where the image was.",
  images: "Where `images/generations` and `images/edits` go.",
  log:
    "The log goes to standard error. In a folder, a file has 10 MiB and five older ones are kept.",
};

const INTRO = `# Configuration

Written by \`deno task docs\` from \`lib/config/schema.ts\`. Do not edit this page; edit the schema.

Every setting is optional. A \`config.yaml\` that names one provider:

\`\`\`yaml
upstreams:
  mimo:
    base_url: https://api.xiaomimimo.com/v1
    api_key: env:MIMO_API_KEY # leave it out to pass on the key that Codex sends
\`\`\`

## Where settings come from

The first that names a setting wins:

1. options of the command line, such as \`--port\`;
2. the environment: \`SIDECAR_\` and the key in capitals, dots as underscores: \`SIDECAR_LISTEN_PORT=8412\`,
   \`SIDECAR_HEARTBEAT_INTERVAL=5s\`, \`SIDECAR_UPSTREAMS_MIMO_BASE_URL=https://…\`; lists with commas;
3. \`config.yaml\`: the file of \`--config\`, else \`~/.config/codex-sidecar/config.yaml\` on Linux, \`~/Library/Application
   Support/codex-sidecar/config.yaml\` on macOS, \`%APPDATA%\\codex-sidecar\\config.yaml\` on Windows;
4. the default.

A variable that begins with \`SIDECAR_\` and is no setting has no effect: a warning names it, with what was probably meant. Those
of the [install script](install.md) are passed over in silence. On Windows the case of a variable's name does not count.

Durations are written \`500ms 10s 5m 1h\`, sizes \`512KiB 64MiB 1GiB\`. A key that does not exist, a value out of bounds and a typo are refused
at the start, with line and column, the bound, and what was probably meant. [config.example.yaml](../config.example.yaml) holds
all settings with their defaults. A running sidecar does not read the file again: restart it after a change, or run \`sidecar
service install\` again.

## version

| key | default | takes | meaning |
|---|---|---|---|
| \`version\` | \`${SETTINGS_VERSION}\` | \`${SETTINGS_VERSION}\` | version of this form of settings; may be left out. A sidecar that knows less refuses the file |
`;

const UPSTREAMS = `
## upstreams

Each entry is a provider under a name of your choice: letters, digits, \`-\` and \`_\`. It is reached at \`/u/<name>/v1\`. \`/v1\` goes to the
entry that lists the request's model, else to the first one.
`;

const USERS = `
## users

Each entry is a person or a program that may use a shared sidecar, under a name of your choice. See [team.md](team.md).
`;

/** The page's text. */
export function configurationPage(): string {
  const sections = Map.groupBy(Object.entries<Setting>(settings), ([key]) => sectionOf(key));
  const pages = [...sections].map(([name, rows]) =>
    `\n## ${name}\n\n${ABOUT[name] ? `${ABOUT[name]}\n\n` : ""}${table(rows)}`
  );
  const upstream = Object.entries<Setting>(upstreamSettings).map((
    [key, setting],
  ): [string, Setting] => [`upstreams.<name>.${key}`, setting]);
  const user = Object.entries<Setting>(userSettings).map((
    [key, setting],
  ): [string, Setting] => [`users.<name>.${key}`, setting]);
  return `${INTRO}${pages.join("")}${UPSTREAMS}\n${table(upstream)}${USERS}\n${table(user)}`;
}

function sectionOf(key: string): string {
  return key.split(".")[0] ?? key;
}

function table(rows: readonly (readonly [string, Setting])[]): string {
  const lines = rows.map(([key, setting]) => {
    const { kind, doc } = setting;
    return `| \`${key}\` | ${fallbackOf(key, setting)} | ${cell(kind.takes)} | ${cell(doc)} |\n`;
  });
  return `| key | default | takes | meaning |\n|---|---|---|---|\n${lines.join("")}`;
}

/** The default as it is written in YAML; for an upstream's own setting without one, where its value comes from. */
function fallbackOf(key: string, { fallback }: Setting): string {
  if (fallback !== undefined) {
    return `\`${Array.isArray(fallback) ? JSON.stringify(fallback) : fallback}\``;
  }
  const below = key.replace("upstreams.<name>.", "");
  if (below === "base_url" || below.endsWith(".token")) return "required";
  if (below.startsWith("timeouts.")) return `the provider's, else \`${below}\``;
  if (below in settings) return `\`${below}\``;
  return { api_key: "the client's key", provider: "by the host" }[below] ?? "the provider's";
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

if (import.meta.main) {
  const file = new URL(`../../${CONFIGURATION_PAGE}`, import.meta.url);
  await Deno.writeTextFile(file, configurationPage());
}
