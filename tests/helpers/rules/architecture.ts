/**
 * The rules of the code base as pure functions: a set of files in, sentences about what is wrong out.
 *
 * @module
 */

import { type Import, readSource, type Source } from "./source.ts";

/** Source texts by path from the top of the tree: `lib/base/clock.ts`. */
export type Files = ReadonlyMap<string, string>;

/** One rule; returns one sentence, beginning with the path, for each place that breaks it. */
export type Rule = (files: Files) => string[];

/** The floor of each folder of `lib/`; imports go down or stay in the folder. */
const FLOORS: Readonly<Record<string, number>> = {
  base: 0,
  config: 1,
  wire: 1,
  observe: 1,
  web: 1,
  state: 1,
  provider: 2,
  translate: 2,
  upstream: 2,
  patch: 2,
  service: 2,
  proxy: 3,
  simulate: 3,
  stress: 4,
  doctor: 4,
  commands: 5,
};

/** Folders that may read the rows of `lib/provider/` though they stand on the same floor. */
const READS_PROVIDER = ["translate", "upstream", "patch"];

/** The path of the bytes: it is observed, and never asks the observer. */
const DATA_PATH = ["wire", "provider", "translate", "upstream", "proxy"];

/**
 * Floors inside a floor: a folder may import from folders of its list that stand before it, never from those behind it.
 * What lies directly in the floor's own folder joins them; `cycles` watches that.
 */
const SUBFLOORS: Readonly<Record<string, readonly string[]>> = {
  config: ["keys", "state"],
  base: ["secrets", "version", "wait", "page", "state"],
  observe: ["recorder", "history"],
  state: ["redis"],
  translate: [
    "opaque",
    "items",
    "written",
    "answer",
    "schemas",
    "request",
    "calls",
    "chat",
    "anthropic",
    "refused",
    "response",
    "messages",
  ],
  upstream: ["transport", "pool"],
  patch: ["disk", "text", "codex", "cc_switch", "codex_plus", "machine", "state"],
  proxy: [
    "status",
    "answer",
    "inbound",
    "wires",
    "route",
    "injection",
    "helpers",
    "failover",
    "health",
    "vision",
    "attempt",
    "search",
    "passthrough",
    "endpoints",
    "dashboard",
    "listen",
    "team",
  ],
  simulate: ["faults"],
  stress: ["figures", "report"],
  doctor: ["who", "live"],
  provider: ["errors", "search", "rows", "catalog"],
  commands: [
    "shared",
    "service",
    "patch",
    "run",
    "recordings",
    "demo",
    "doctor",
    "stress",
    "version",
    "serve",
    "history",
    "completions",
    "cli",
  ],
};

const MAX_LINES = 250;
const MAX_FILES = 16;

/** Names of the glossary's left column (lib/README.md): parts of a name in camel or snake case. */
const PRIVATE_WORDS =
  /(?<![a-z])(?:beats?|lowered|lowers|raiser|raised|mend(?:s|ed)?|judged?|judges|judging|unheard|patience|veil(?:s|ed)?|linger(?:ing)?|surroundings|elsewhere|unpatch|lends?|lent|lending)(?![a-z])/;

const NAMES =
  /mimo|xiaomi|deepseek|kimi|moonshot|zhipu|qwen|dashscope|minimax|doubao|openrouter|\bark\b|\bglm/i;

const TIME_AND_CHANCE =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bset(?:Timeout|Interval|Immediate)\b|\bperformance\.(?:now|timeOrigin)\b|\bAbortSignal\.timeout\b|\bcrypto\.(?:randomUUID|getRandomValues)\b/;

/** All rules by name. */
export const RULES = {
  floors,
  subfloors,
  cycles,
  packages,
  size: (files) =>
    inLib(files, ({ path, text }) => {
      const lines = text.split("\n").length - 1;
      return lines > MAX_LINES ? [`${path} has ${lines} lines, more than ${MAX_LINES}`] : [];
    }),
  "folder size": folderSize,
  "private words": (files) =>
    inLib(files, ({ path, source }) => {
      const names = new Set(source.code.match(/[A-Za-z_$][\w$]*/g));
      const bad = [...names, path.split("/").at(-1) ?? ""].filter((name) =>
        PRIVATE_WORDS.test(name.replace(/([A-Z])/g, "_$1").toLowerCase())
      );
      return bad.map((name) => `${path} uses a private word: ${name}`);
    }),
  header: (files) =>
    inLib(files, ({ path, text }) => {
      const head = /^\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? "";
      return head.includes("@module") ? [] : [`${path} does not open with a /** … @module */ doc`];
    }),
  "provider names": (files) =>
    inLib(files, ({ path, text, folder }) => {
      if (folder === "provider") return [];
      const contract = /export const providerNames = \[[^\]]*\]/;
      const checked = path === "lib/config/upstream_schema.ts"
        ? text.replace(contract, blank)
        : text;
      return hits(path, checked, NAMES, "names a provider");
    }),
  "no any": (files) => inCode(files, /(?<![.\w$])any\b(?!\s*[(:.])/, "uses `any`"),
  "no Function": (files) => inCode(files, /(?<![.\w$])Function\b/, "uses `Function`"),
  "no empty catch": (files) =>
    inCode(files, /\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/, "has an empty catch"),
  "no console": (files) => inCode(files, /\bconsole\./, "writes to the console", ["commands"]),
  "no exit": (files) => inCode(files, /\b(?:Deno|process)\.exit\b/, "ends the process"),
  "no bare error": (files) =>
    inCode(files, /\bthrow new Error\(/, "throws something other than a Failure"),
  "time and chance": (files) =>
    inLib(files, ({ path, folder, source }) => {
      if (path === "lib/base/clock.ts" || folder === "commands") return [];
      return hits(
        path,
        source.code,
        TIME_AND_CHANCE,
        "takes time or chance from outside its arguments",
      );
    }),
} satisfies Record<string, Rule>;

/** Names that may stand at the top of the tree; what `.gitignore` hides does not count. */
const TOP = [
  ".ci",
  ".git",
  ".github",
  ".gitattributes",
  ".gitignore",
  "CHANGELOG.md",
  "docs",
  "LICENSE",
  "README.md",
  "README.zh-CN.md",
  "config.example.yaml",
  "deno.json",
  "deno.lock",
  "lib",
  "main.ts",
  "tests",
];

/** What stands at the top of the tree and should not. */
export function strays(names: Iterable<string>, ignored: Iterable<string>): string[] {
  const allowed = new Set([...TOP, ...ignored]);
  return [...names].filter((name) => !allowed.has(name)).sort();
}

function floors(files: Files): string[] {
  return inLib(files, ({ path, folder, source }) => {
    const floor = FLOORS[folder];
    if (floor === undefined) return [`${path} stands in a folder without a floor`];
    const targets = local(path, source);
    const out = targets.flatMap(({ to, kind }) => wrongImport(path, folder, floor, to, kind));
    const met = new Set(targets.map(({ to }) => folderOf(to)));
    if (folder !== "proxy" && met.has("translate") && met.has("upstream")) {
      out.push(`${path} joins translate and upstream, which only proxy may`);
    }
    return out;
  });
}

function wrongImport(
  path: string,
  folder: string,
  floor: number,
  to: string,
  kind: Import["kind"],
): string[] {
  const other = folderOf(to);
  if (to === "deno.json") return [];
  if (!to.startsWith("lib/")) return [`${path} imports ${to}, outside lib/`];
  if (kind === "dynamic" && folder !== "commands") return [`${path} imports ${to} dynamically`];
  if (other === folder) return [];
  if (other === "provider" && READS_PROVIDER.includes(folder)) return [];
  if (folder === "proxy" && other === "patch") {
    return [`${path} imports ${to}: patch and proxy never meet`];
  }
  if (other === "observe" && DATA_PATH.includes(folder) && kind !== "type") {
    return [`${path} imports ${to} as a value: the data path knows the observer as a type`];
  }
  const below = FLOORS[other];
  if (below !== undefined && below < floor) return [];
  return [`${path} (floor ${floor}) imports ${to} (floor ${below ?? "unknown"})`];
}

function subfloors(files: Files): string[] {
  return inLib(files, ({ path, folder, source }) => {
    const order = SUBFLOORS[folder] ?? [];
    const own = subfolderOf(path);
    if (own === undefined) return [];
    if (!order.includes(own)) return [`${path} stands in a folder that ${folder} does not list`];
    return local(path, source).flatMap(({ to }) => {
      const other = subfolderOf(to);
      if (folderOf(to) !== folder || other === undefined || other === own) return [];
      return order.indexOf(other) < order.indexOf(own)
        ? []
        : [`${path} imports ${to}: ${other} stands above ${own}`];
    });
  });
}

function folderSize(files: Files): string[] {
  const counts = new Map<string, number>();
  for (const path of files.keys()) {
    const folder = path.split("/").slice(0, -1).join("/");
    if (folder.startsWith("lib/")) counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > MAX_FILES)
    .map(([folder, count]) => `${folder} has ${count} files, more than ${MAX_FILES}`);
}

/** The folder inside a floor that a file stands in; `undefined` for the floor's own files. */
function subfolderOf(path: string): string | undefined {
  const parts = path.split("/");
  return parts.length > 3 ? parts[2] : undefined;
}

/** Every import, types too, inside a folder too: a cycle is reported once, from its alphabetically first file. */
function cycles(files: Files): string[] {
  const graph = new Map([...files].map(([path, text]) => {
    const next = local(path, readSource(text)).map(({ to }) => to).filter((to) => files.has(to));
    return [path, [...new Set(next)].sort()];
  }));
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (path: string, trail: string[]) => {
    const seen = trail.indexOf(path);
    if (seen >= 0) {
      const ring = trail.slice(seen);
      const first = ring.indexOf([...ring].sort()[0] as string);
      const turned = [...ring.slice(first), ...ring.slice(0, first)];
      found.add([...turned, turned[0]].join(" -> "));
    } else if (!done.has(path)) {
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    }
  };
  for (const path of [...graph.keys()].sort()) visit(path, []);
  return [...found];
}

/** Packages come through the import map, from npm alone; `node:` is built in. */
function packages(files: Files): string[] {
  const map: Record<string, string> = JSON.parse(files.get("deno.json") ?? "{}").imports ?? {};
  const named = Object.keys(map);
  const foreign = named.filter((name) =>
    !/^npm:(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/.test(map[name] as string)
  );
  return [
    ...foreign.map((name) =>
      `deno.json maps ${name} to ${map[name]}, which is no pinned npm version`
    ),
    ...inLib(files, ({ path, source }) =>
      source.imports
        .map(({ from }) => from)
        .filter((from) => !from.startsWith(".") && !from.startsWith("node:"))
        .filter((from) => !named.some((name) => from === name || from.startsWith(`${name}/`)))
        .map((from) => `${path} imports ${from}, which deno.json does not name`)),
  ];
}

interface Module {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  readonly source: Source;
}

function inLib(files: Files, check: (module: Module) => string[]): string[] {
  return [...files].flatMap(([path, text]) =>
    path.startsWith("lib/") && path.endsWith(".ts")
      ? check({ path, folder: folderOf(path), text, source: readSource(text) })
      : []
  );
}

function inCode(files: Files, form: RegExp, does: string, free: string[] = []): string[] {
  return inLib(
    files,
    ({ path, folder, source }) => free.includes(folder) ? [] : hits(path, source.code, form, does),
  );
}

function hits(path: string, text: string, form: RegExp, does: string): string[] {
  return [...text.matchAll(new RegExp(form.source, `${form.flags}g`))].map((hit) =>
    `${path}:${text.slice(0, hit.index).split("\n").length} ${does}: ${hit[0].replace(/\s+/g, " ")}`
  );
}

function local(path: string, source: Source): { to: string; kind: Import["kind"] }[] {
  return source.imports
    .filter(({ from }) => from.startsWith("."))
    .map(({ from, kind }) => ({ to: new URL(from, `file:///${path}`).pathname.slice(1), kind }));
}

function folderOf(path: string): string {
  return path.split("/")[1] ?? "";
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}
