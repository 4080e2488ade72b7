import assert from "node:assert/strict";
import { type Files, RULES, strays } from "./helpers/rules/architecture.ts";
import { readSource } from "./helpers/rules/source.ts";

const top = new URL("../", import.meta.url);

function tree(): Files {
  const files = new Map<string, string>();
  const walk = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, top))) {
      if (isDirectory) walk(`${folder}${name}/`);
      else if (name.endsWith(".ts")) files.set(`${folder}${name}`, read(`${folder}${name}`));
    }
  };
  walk("lib/");
  files.set("deno.json", read("deno.json"));
  return new Map([...files].sort());
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, top));
}

for (const [name, rule] of Object.entries(RULES)) {
  Deno.test(`architecture: lib/ keeps the rule "${name}"`, () =>
    assert.deepEqual(rule(tree()), []));
}

Deno.test("architecture: the tree that is checked is the whole of lib/", () => {
  const files = tree();
  assert.ok(files.size > 40, `only ${files.size} files were read`);
  for (const path of ["lib/base/clock.ts", "lib/proxy/exchange.ts"]) {
    assert.ok(files.has(path), path);
  }
});

Deno.test("architecture: the top level holds only the names that are allowed", () => {
  const ignored = read(".gitignore").split("\n").map((line) => line.replaceAll("/", "")).filter(
    Boolean,
  );
  const names = [...Deno.readDirSync(top)].map(({ name }) => name);
  assert.deepEqual(strays(names, ignored), []);
  assert.deepEqual(strays(["lib", "dist", "src", ".env"], ["dist"]), [".env", "src"]);
});

const doc = "/** A module.\n * @module\n */\n";
const deno = `{"imports":{"hono":"npm:hono@4.1.0"}}`;

/** What each rule says of a bad set of files, and that it leaves the good ones beside them alone. */
const bad: {
  rule: keyof typeof RULES;
  name: string;
  files: Record<string, string>;
  says: string[];
}[] = [
  {
    rule: "floors",
    name: "an import that goes up, sideways, or out of lib/",
    files: {
      "lib/base/a.ts": `import { b } from "../wire/b.ts";`,
      "lib/wire/b.ts":
        `import type { C } from "../config/c.ts";\nimport { a } from "../base/a.ts";`,
      "lib/proxy/d.ts":
        `export * from "../simulate/e.ts";\nimport {\n  f,\n} from "../../tests/f.ts";`,
      "lib/odd/g.ts": "",
    },
    says: [
      "lib/base/a.ts (floor 0) imports lib/wire/b.ts (floor 1)",
      "lib/wire/b.ts (floor 1) imports lib/config/c.ts (floor 1)",
      "lib/proxy/d.ts (floor 3) imports lib/simulate/e.ts (floor 3)",
      "lib/proxy/d.ts imports tests/f.ts, outside lib/",
      "lib/odd/g.ts stands in a folder without a floor",
    ],
  },
  {
    rule: "floors",
    name: "pairs that never meet, the observer as a value, a dynamic import",
    files: {
      "lib/translate/a.ts": `import { u } from "../upstream/u.ts";`,
      "lib/upstream/b.ts":
        `import type { t } from "../translate/t.ts";\nimport { p } from "../provider/p.ts";`,
      "lib/simulate/c.ts": `import "../upstream/u.ts";\nimport "../translate/t.ts";`,
      "lib/proxy/d.ts": `import "../patch/p.ts";\nimport { log } from "../observe/log.ts";`,
      "lib/proxy/e.ts":
        `import "../upstream/u.ts";\nimport "../translate/t.ts";\nimport type { O } from "../observe/o.ts";`,
      "lib/proxy/f.ts": `const { x } = await import("./e.ts");`,
      "lib/commands/g.ts":
        `await import("../patch/p.ts");\nimport d from "../../deno.json" with { type: "json" };`,
    },
    says: [
      "lib/translate/a.ts (floor 2) imports lib/upstream/u.ts (floor 2)",
      "lib/upstream/b.ts (floor 2) imports lib/translate/t.ts (floor 2)",
      "lib/simulate/c.ts joins translate and upstream, which only proxy may",
      "lib/proxy/d.ts imports lib/patch/p.ts: patch and proxy never meet",
      "lib/proxy/d.ts imports lib/observe/log.ts as a value: the data path knows the observer as a type",
      "lib/proxy/f.ts imports lib/proxy/e.ts dynamically",
    ],
  },
  {
    rule: "cycles",
    name: "a ring inside a folder, one over folders made of types, a file that imports itself",
    files: {
      "lib/base/a.ts": `import { b } from "./b.ts";`,
      "lib/base/b.ts": `import { c } from "./c.ts";`,
      "lib/base/c.ts": `import { a } from "./a.ts";`,
      "lib/wire/x.ts": `import type { Y } from "../config/y.ts";`,
      "lib/config/y.ts": `export type { X } from "../wire/x.ts";\nimport "../base/a.ts";`,
      "lib/wire/z.ts": `import "./z.ts";`,
    },
    says: [
      "lib/base/a.ts -> lib/base/b.ts -> lib/base/c.ts -> lib/base/a.ts",
      "lib/config/y.ts -> lib/wire/x.ts -> lib/config/y.ts",
      "lib/wire/z.ts -> lib/wire/z.ts",
    ],
  },
  {
    rule: "subfloors",
    name: "an import that goes up inside a floor, and a folder nobody listed",
    files: {
      "lib/proxy/answer/a.ts": `import { b } from "../route/b.ts";`,
      "lib/proxy/route/b.ts": `import "../answer/a.ts";\nimport "../app.ts";`,
      "lib/proxy/odd/c.ts": "",
      "lib/proxy/app.ts": `import "./route/b.ts";`,
    },
    says: [
      "lib/proxy/answer/a.ts imports lib/proxy/route/b.ts: route stands above answer",
      "lib/proxy/odd/c.ts stands in a folder that proxy does not list",
    ],
  },
  {
    rule: "folder size",
    name: "a folder with too many files",
    files: Object.fromEntries(
      Array.from({ length: 33 }, (_, n) => [`lib/${n < 17 ? "proxy" : "wire"}/f${n}.ts`, ""]),
    ),
    says: ["lib/proxy has 17 files, more than 16"],
  },
  {
    rule: "private words",
    name: "a name of the glossary's left column, but not a word that holds one",
    files: {
      "lib/base/a.ts": "const beatTimer = 1; // the beat\nconst heartbeat = recommended(unmended);",
      "lib/base/mend_item.ts": "",
    },
    says: [
      "lib/base/a.ts uses a private word: beatTimer",
      "lib/base/mend_item.ts uses a private word: mend_item.ts",
    ],
  },
  {
    rule: "packages",
    name: "a package outside the import map, another registry, a loose version",
    files: {
      "deno.json":
        `{"imports":{"hono":"npm:hono@4.1.0","a":"jsr:@std/a@1.0.0","b":"npm:b@^1.2.0"}}`,
      "lib/base/a.ts":
        `import "hono/body-limit";\nimport "node:zlib";\nimport "npm:left-pad@1";\nimport "honolulu";`,
    },
    says: [
      "deno.json maps a to jsr:@std/a@1.0.0, which is no pinned npm version",
      "deno.json maps b to npm:b@^1.2.0, which is no pinned npm version",
      "lib/base/a.ts imports npm:left-pad@1, which deno.json does not name",
      "lib/base/a.ts imports honolulu, which deno.json does not name",
    ],
  },
  {
    rule: "size",
    name: "a long file",
    files: {
      "lib/base/a.ts": "\n".repeat(250),
      "lib/base/b.ts": "\n".repeat(251),
    },
    says: ["lib/base/b.ts has 251 lines, more than 250"],
  },
  {
    rule: "header",
    name: "a module that does not say what it is",
    files: {
      "lib/base/a.ts": doc,
      "lib/base/b.ts": "/** A function. */\nexport function f() {}\n/** @module */",
      "lib/base/c.ts": `import "x";\n${doc}`,
    },
    says: ["b", "c"].map((name) => `lib/base/${name}.ts does not open with a /** … @module */ doc`),
  },
  {
    rule: "provider names",
    name: "a name in code, string or comment, but not where the contract lists them",
    files: {
      "lib/provider/rows/mimo.ts": `export const title = "MiMo";`,
      "lib/config/upstream_schema.ts":
        `export const providerNames = [\n  "mimo",\n  "ark",\n];\nconst x = "kimi";`,
      "lib/proxy/a.ts":
        `const spark = 1; // the park\nif (isDeepSeek) {}\n// Ark says so\nconst g = "glm-5";`,
    },
    says: [
      "lib/config/upstream_schema.ts:5 names a provider: kimi",
      "lib/proxy/a.ts:2 names a provider: DeepSeek",
      "lib/proxy/a.ts:3 names a provider: Ark",
      "lib/proxy/a.ts:4 names a provider: glm",
    ],
  },
  {
    rule: "no any",
    name: "`any` as a type, but not as a method or in words",
    files: {
      "lib/base/a.ts":
        `/** any */\nconst a = AbortSignal.any(["any"]);\nlet b: any;\nconst c = b as any[];\nv.any();\nconst many = <any> b;`,
    },
    says: [3, 4, 6].map((line) => `lib/base/a.ts:${line} uses \`any\`: any`),
  },
  {
    rule: "no Function",
    name: "`Function` as a type",
    files: { "lib/base/a.ts": `const f: Function = g; // Function\nisFunction(f);` },
    says: ["lib/base/a.ts:1 uses `Function`: Function"],
  },
  {
    rule: "no empty catch",
    name: "a catch without a statement, whatever the comment in it",
    files: {
      "lib/base/a.ts": "try {} catch {}\ntry {} catch (e) { /* fine */ }\ntry {} catch { x(); }",
    },
    says: [
      "lib/base/a.ts:1 has an empty catch: catch {}",
      "lib/base/a.ts:2 has an empty catch: catch (e) { }",
    ],
  },
  {
    rule: "no console",
    name: "the console outside commands",
    files: {
      "lib/commands/a.ts": `console.log("x");`,
      "lib/proxy/a.ts": `console.error(\`\${console.log(1)} console.x\`);`,
    },
    says: ["console.", "console."].map((hit) => `lib/proxy/a.ts:1 writes to the console: ${hit}`),
  },
  {
    rule: "no exit",
    name: "ending the process anywhere but in main.ts",
    files: { "main.ts": "Deno.exit(1);", "lib/commands/a.ts": "Deno.exit(1);\nprocess.exit();" },
    says: [
      "lib/commands/a.ts:1 ends the process: Deno.exit",
      "lib/commands/a.ts:2 ends the process: process.exit",
    ],
  },
  {
    rule: "no bare error",
    name: "an error that is no Failure",
    files: { "lib/base/a.ts": `throw new Failure("internal", "x");\nthrow new Error("x");` },
    says: ["lib/base/a.ts:2 throws something other than a Failure: throw new Error("],
  },
  {
    rule: "time and chance",
    name: "clocks, timers and random numbers outside base/clock.ts and commands",
    files: {
      "lib/base/clock.ts": "Date.now();",
      "lib/commands/a.ts": "setTimeout(f, 1);",
      "lib/proxy/a.ts":
        "Date.now();\nMath.random();\nsetTimeout(f);\nsetInterval(f);\nperformance.now();\ncrypto.randomUUID();\nnew Date();\nAbortSignal.timeout(1);\nnew Date(clock.wall()); // Date.now\nclock.after(1, f);",
    },
    says: [
      "Date.now",
      "Math.random",
      "setTimeout",
      "setInterval",
      "performance.now",
      "crypto.randomUUID",
      "new Date()",
      "AbortSignal.timeout",
    ].map((hit, i) =>
      `lib/proxy/a.ts:${i + 1} takes time or chance from outside its arguments: ${hit}`
    ),
  },
];

for (const { rule, name, files, says } of bad) {
  Deno.test(`architecture: "${rule}" reports ${name}`, () => {
    assert.deepEqual(RULES[rule](new Map(Object.entries({ "deno.json": deno, ...files }))), says);
  });
}

Deno.test("architecture: every rule has been seen to fail", () => {
  assert.deepEqual([...new Set(bad.map(({ rule }) => rule))].sort(), Object.keys(RULES).sort());
});

const sources: { name: string; text: string; code: string; spoken?: string }[] = [
  { name: "line and block comments", text: "a; // b\n/* c\n */ d;", code: "a;     \n    \n    d;" },
  {
    name: "quotes",
    text: `a("/*b", 'c\\'d', e)`,
    code: `a(     ,       , e)`,
    spoken: `a("/*b", 'c\\'d', e)`,
  },
  {
    name: "templates in templates",
    text: "`a${b({c: `${d}`})}e` + f",
    code: "    b({c:    d  })    + f",
  },
  {
    name: "expressions with quotes and slashes",
    text: `x = /["'/]\\//g; y = a / b / c;`,
    code: "x =          g; y = a / b / c;",
  },
  {
    name: "a return of an expression",
    text: `return /"/.test(s); // "`,
    code: "return    .test(s);     ",
  },
];
for (const { name, text, code, spoken } of sources) {
  Deno.test(`source: tells code from the rest: ${name}`, () => {
    const read = readSource(text);
    assert.equal(read.code, code);
    if (spoken) assert.equal(read.spoken, spoken);
  });
}

Deno.test("source: finds imports of every form, and none in strings or comments", () => {
  const text = `import a from "./a.ts";
import type { B } from './b.ts';
import * as c from "c";
import { d, type E } from "./d.ts"; import "./e.ts";
export { f } from "./f.ts";
export type { G } from "./g.ts";
// import h from "./h.ts";
const words = "import i from './i.ts'";
export const from = 1;
export function j() { return "from"; }
const k = await import("./k.ts");
const l: import("./l.ts").L = x;`;
  assert.deepEqual(
    readSource(text).imports.map(({ from, kind }) => `${kind} ${from}`),
    [
      "value ./a.ts",
      "type ./b.ts",
      "value c",
      "value ./d.ts",
      "value ./e.ts",
      "value ./f.ts",
      "type ./g.ts",
      "dynamic ./k.ts",
      "dynamic ./l.ts",
    ],
  );
});
