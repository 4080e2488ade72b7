import assert from "node:assert/strict";
import { parse } from "smol-toml";
import { type Left, leftMessage, patchCodexToml } from "../../../lib/patch/codex/toml.ts";
import { rowOffer } from "../../../lib/patch/codex/model_offer.ts";
import { addProvider } from "../../../lib/patch/codex/provider.ts";
import { revertCodexToml } from "../../../lib/patch/codex/toml_revert.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";
import { fc } from "../../helpers/fast_check.ts";

const FILE = "/h/.codex/config.toml";
const URL = "https://api.example.com/v1";
const RELAY = "http://127.0.0.1:8411/r/https/api.example.com/v1";
const PATIENT = {
  stream_idle_timeout_ms: 3_600_000,
  stream_max_retries: 100,
  request_max_retries: 10,
};
const WIRED = { base_url: RELAY, ...PATIENT };

const plain = `model_provider = "custom"
model = "m" # which

# the way
[model_providers.custom]
name = "X"
base_url = "${URL}" # mine
wire_api = "responses"

[mcp_servers.x]
command = 'npx'
`;

/** Texts whose provider in use is `custom` at {@link URL}, with no limits of its own. */
const texts: Record<string, string> = {
  "lines that end in LF": plain,
  "lines that end in CRLF": plain.replaceAll("\n", "\r\n"),
  "a byte order mark": `\ufeff${plain}`,
  "a byte order mark and CRLF": `\ufeff${plain.replaceAll("\n", "\r\n")}`,
  "no line break at the end":
    `model_provider = "custom"\n[model_providers.custom]\nbase_url = "${URL}"`,
  "no line break at the end, CRLF":
    `model_provider = "custom"\r\n[model_providers.custom]\r\nbase_url = "${URL}"`,
  "single quotes and wide spaces":
    `model_provider = 'custom'\n[model_providers.custom]\nbase_url   =   '${URL}'  # pay\n`,
  "a text of several lines":
    `model_provider = "custom"\n[model_providers.custom]\nbase_url = """\n${URL}"""\n`,
  "an indented table":
    `model_provider = "custom"\n  [model_providers.custom]\n\tname = "x"\n\tbase_url = "${URL}"\n`,
  "a quoted id": `model_provider = "custom"\n[model_providers."custom"]\n"base_url" = "${URL}"\n`,
  "an inline table":
    `model_provider = "custom"\nmodel_providers.custom = { name = "x", base_url = "${URL}" }\n`,
  "inline tables in one another":
    `model_provider = "custom"\nmodel_providers = { a = { base_url = "u" }, custom = { base_url = "${URL}", name = "x" } }`,
  "an inline table in a table":
    `model_provider = "custom"\n[model_providers]\ncustom = {base_url="${URL}"}\nother = { base_url = "u" }\n`,
  "dotted keys in an inline table":
    `model_provider = "custom"\nmodel_providers = { custom.base_url = "${URL}", custom.name = "x" }\n`,
  "dotted keys":
    `model_provider = "custom"\nmodel_providers.custom.name = "x"\nmodel_providers.custom.base_url = "${URL}"\nmodel = "m"\n`,
  "dotted keys in a table":
    `model_provider = "custom"\n[model_providers]\ncustom.base_url = "${URL}"\ncustom . name = "n"\n`,
  "decoys before, behind and in a comment":
    `# base_url = "${URL}"\nbase_url = "${URL}"\nmodel_provider = "custom"\n[model_providers.other]\nbase_url = "${URL}"\n[model_providers.custom]\nbase_url = "${URL}"\n[model_providers.custom.http_headers]\nbase_url = "${URL}"\n[mcp_servers.s]\nbase_url = "${URL}"\n`,
  "tables of arrays around it":
    `model_provider = "custom"\n[[hooks]]\nbase_url = "${URL}"\n[model_providers.custom]\nbase_url = "${URL}"\n[[hooks]]\na = [1,\n 2, # two\n]\n`,
  "letters of all scripts":
    `# 我的笔记 — ключ 🔑\nmodel_provider = "custom"\n[model_providers.custom]\nname = "小米 🍚"\nbase_url = "${URL}"\n["проект"]\nd = 1979-05-27T07:32:00Z\nt = 07:32:00\nbig = 9223372036854775807\nf = inf\n`,
  "the table before the choice": `[model_providers.custom]\nbase_url = "${URL}"\n[tui]\nx = true\n`
    .replace(/^/, `model_provider = "custom"\n`),
};

for (const [name, text] of Object.entries(texts)) {
  Deno.test(`codex_toml: ${name}: patched, parsed, patched again, reverted`, () => {
    const { text: patched, edits, provider } = patchCodexToml(text, 8411, FILE);
    const wanted = read(text);
    Object.assign(wanted.model_providers.custom, WIRED);
    assert.deepEqual(read(patched), wanted);
    assert.deepEqual(provider, { id: "custom", url: URL });
    assert.equal(edits.length, 4);
    assert.deepEqual(patchCodexToml(patched, 8411, FILE).edits, []);
    if (text.includes("\r\n")) assert.doesNotMatch(patched, /(?<!\r)\n/);

    const back = revertCodexToml(patched, edits, FILE);
    assert.equal(back.text, text);
    assert.equal(back.edits.length, 4);
    assert.deepEqual(revertCodexToml(text, edits, FILE), { text, edits: [] });

    // A text of several lines comes back on one: the relay URL does not remember its form.
    const forgotten = revertCodexToml(patched, [], FILE).text;
    if (text.includes('"""')) assert.deepEqual(read(forgotten), read(text));
    else assert.equal(forgotten, text);
  });
}

Deno.test("codex_toml: a limit of 0 that ends the text is raised, and reverted", () => {
  const text =
    `model_provider = "custom"\n[model_providers.custom]\nbase_url = "${URL}"\nstream_max_retries = 0`;
  const { text: patched, edits } = patchCodexToml(text, 8411, FILE);
  assert.deepEqual(read(patched).model_providers.custom, WIRED);
  assert.equal(revertCodexToml(patched, edits, FILE).text, text);
});

for (const odd of ["1979-05-27T07:32:00Z", "[1, 2]", '"many"', "inf"]) {
  Deno.test(`codex_toml: what stands in a provider's place as ${odd} is replaced, and comes back to the byte`, () => {
    const text = `model_context_window = ${odd} # odd\n${plain}`;
    const profile = profileNamed("kimi");
    assert.ok(profile);
    const baseUrl = "https://api.moonshot.cn/v1";
    const offer = rowOffer(profile, baseUrl);
    const choice = { profile, baseUrl, offer, catalogFile: "/c.json", port: 8411 };
    const { text: patched, edits } = addProvider(text, choice, FILE);
    assert.equal(typeof parse(patched).model_context_window, "number");
    assert.equal(revertCodexToml(patched, edits, FILE).text, text);
  });
}

Deno.test("codex_toml: limits are raised where they stand, never lowered, and go back to the byte", () => {
  const text = `model_provider = "custom"
[model_providers.custom]
stream_max_retries = 5 # few
base_url = "${URL}"
stream_idle_timeout_ms = 9_999_999_999
request_max_retries = +0x4
`.replace("+0x4", "0x4");
  const { text: patched, edits } = patchCodexToml(text, 8411, FILE);
  assert.equal(
    patched,
    text.replace("= 5 #", "= 100 #").replace("0x4", "10").replace(URL, RELAY),
  );
  assert.deepEqual(edits, [
    {
      key: ["model_providers", "custom", "base_url"],
      before: URL,
      after: RELAY,
      source: `"${URL}"`,
    },
    {
      key: ["model_providers", "custom", "stream_max_retries"],
      before: 5,
      after: 100,
      source: "5",
    },
    {
      key: ["model_providers", "custom", "request_max_retries"],
      before: 4,
      after: 10,
      source: "0x4",
    },
  ]);
  assert.equal(revertCodexToml(patched, edits, FILE).text, text);
});

Deno.test("codex_toml: without memory, raised limits stay, and so do a user's own that equal ours elsewhere", () => {
  const text =
    `model_provider = "c"\n[model_providers.c]\nrequest_max_retries = 10\nbase_url = "${RELAY}"\nname = "x"\nstream_max_retries = 100\n`;
  assert.equal(revertCodexToml(text, [], FILE).text, text.replace(RELAY, URL));
});

Deno.test("codex_toml: without memory, a limit behind the URL that is not ours stays", () => {
  const { text } = patchCodexToml(plain, 8411, FILE);
  const later = text.replace("max_retries = 100", "max_retries = 7");
  const back = plain.replace(
    "# mine\n",
    "# mine\nstream_max_retries = 7\nrequest_max_retries = 10\n",
  );
  assert.equal(revertCodexToml(later, [], FILE).text, back);
});

Deno.test("codex_toml: what others wrote after us stays; ours goes", () => {
  const { text, edits } = patchCodexToml(plain, 8411, FILE);
  const later = text.replace('"X"', '"Y"').replace("= 100", "= 7") + "[projects.a]\ntrust = 1\n";
  const back = revertCodexToml(later, edits, FILE);
  assert.equal(
    back.text,
    plain.replace('"X"', '"Y"').replace("# mine\n", "# mine\nstream_max_retries = 7\n") +
      "[projects.a]\ntrust = 1\n",
  );
});

Deno.test("codex_toml: a relay URL of another port is moved, and every provider's goes back", () => {
  const other = `\n[model_providers.b]\nbase_url = 'http://127.0.0.1:1/r/http/localhost:99'\n`;
  const { text } = patchCodexToml(plain + other, 8411, FILE);
  const moved = patchCodexToml(text, 9000, FILE);
  assert.equal(moved.text, text.replace("127.0.0.1:8411", "127.0.0.1:9000"));
  assert.deepEqual(moved.edits.map(({ before }) => before), [RELAY]);
  assert.equal(
    revertCodexToml(moved.text, [], FILE).text,
    plain + other.replace("127.0.0.1:1/r/http/", "").replace("'http://", "'http://"),
  );
});

const inUse = (id: string, url: string) =>
  `model_provider = "${id}"\n[model_providers.${id}]\nname = "n"\nbase_url = "${url}"\n`;
const left: [string, string, Left][] = [
  ["an empty text", "", { is: "no_provider" }],
  ["nothing but comments", "# a\r\n# b", { is: "no_provider" }],
  ["a provider nobody chose", `[model_providers.a]\nbase_url = "${URL}"\n`, { is: "no_provider" }],
  ["the built-in provider", `model_provider = "openai"\n`, { is: "built_in", id: "openai" }],
  ["a built-in id with a table", inUse("ollama", URL), { is: "built_in", id: "ollama" }],
  ["a choice without a table", `model_provider = "a"\n`, { is: "built_in", id: "a" }],
  ["OpenAI under another name", inUse("a", "https://api.openai.com/v1"), { is: "openai", id: "a" }],
  ["cc-switch's proxy", inUse("a", "http://127.0.0.1:15721/v1"), {
    is: "front_proxy",
    id: "a",
    who: "cc-switch",
  }],
  ["Codex++'s proxy", inUse("a", "http://localhost:57321/v1"), {
    is: "front_proxy",
    id: "a",
    who: "Codex++",
  }],
  ["the sidecar's own routes", inUse("a", "http://127.0.0.1:8411/u/b/v1"), { is: "own", id: "a" }],
  ["a table without a URL", `model_provider = "a"\n[model_providers.a]\nname = "n"\n`, {
    is: "no_url",
    id: "a",
  }],
  ["a URL with a query", inUse("a", `${URL}?k=1`), {
    is: "no_url",
    id: "a",
    why: "has a query (?), to which Codex would add its path; write it as query_params",
  }],
  ["a URL with a password", inUse("a", "https://u:p@h/v1"), {
    is: "no_url",
    id: "a",
    why: "holds a user name or a password, which belongs into a header",
  }],
];
for (const [name, text, why] of left) {
  Deno.test(`codex_toml: ${name}: left alone, with a message`, () => {
    assert.deepEqual(patchCodexToml(text, 8411, FILE), { text, edits: [], left: why });
    assert.match(leftMessage(why, "c"), /^c.*: left alone$/);
  });
}

const broken: [string, string, RegExp][] = [
  [
    "an open quote",
    `a = 1\nb = "x\n`,
    /^\/h\/\.codex\/config\.toml:2:\d+: this is not valid TOML$/,
  ],
  ["a value missing", "a =", /:1:\d+: /],
  ["a key twice", "a = 1\r\na = 2\r\n", /:2:\d+: /],
  ["half a header", `x = 1\n[model_prov`, /:2:\d+: /],
];
for (const [name, text, says] of broken) {
  Deno.test(`codex_toml: ${name} is reported with its position`, () => {
    for (
      const act of [() => patchCodexToml(text, 1, FILE), () => revertCodexToml(text, [], FILE)]
    ) {
      assert.throws(act, { code: "bad_config", message: says });
    }
  });
}

const word = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
const value = fc.oneof(
  fc.integer().map(String),
  fc.boolean().map(String),
  fc.string({ unit: "binary", maxLength: 12 }).filter((text) => text.isWellFormed())
    .map((text) => JSON.stringify(text).replaceAll("\x7f", "\\u007f")),
  fc.stringMatching(/^[a-z# ="[\]]{0,8}$/).map((text) => `'${text}'`),
  fc.constant("[ 1, 2 ]"),
  fc.constant("{ a = 1, b = { base_url = 'x' } }"),
);
const noise = fc.array(
  fc.oneof(
    fc.tuple(word, value, fc.constantFrom("", " # c", "\t")).map(([k, v, c]) =>
      `n_${k} = ${v}${c}`
    ),
    fc.constantFrom("", '# comment = "x"', "   "),
  ),
  { maxLength: 5 },
).map((
  rows,
) => [...new Map(rows.map((row) => [/^n_[\w-]+/.exec(row)?.[0] ?? Symbol(), row])).values()]);
const table = fc.constantFrom<(id: string) => string[]>(
  (id) => [`[model_providers.${id}]`, `base_url = "${URL}"`],
  (id) => [`[model_providers.${id}]`, "name = 'n'", `  base_url='${URL}' # x`],
  (id) => ["[model_providers]", `${id}.base_url = "${URL}"`],
  (id) => ["[model_providers]", `${id} = { name = "n", base_url = "${URL}", x = 1 }`],
);
const anyToml = fc.record({
  top: noise,
  before: noise,
  own: table,
  inside: noise,
  after: noise,
  id: word.filter((id) => !["openai", "ollama", "lmstudio"].includes(id)),
  eol: fc.constantFrom("\n", "\r\n"),
  end: fc.boolean(),
  bom: fc.boolean(),
}).map(({ top, before, own, inside, after, id, eol, end, bom }) => {
  const rows = [
    `model_provider = "${id}"`,
    ...top,
    "[zz_before]",
    ...before,
    ...own(id),
    ...inside,
    "[[zz_after]]",
    ...after,
  ];
  return (bom ? "\ufeff" : "") + rows.join(eol) + (end ? eol : "");
});

Deno.test("codex_toml: of any text, all bytes outside the edited ranges are the same, and undo gives back every byte", () => {
  fc.assert(
    fc.property(anyToml, (text) => {
      const { text: patched, edits } = patchCodexToml(text, 8411, FILE);
      // What was there, without the one value that was replaced, is still there, in order.
      const [head = "", tail = ""] = text.split(URL, 2);
      const at = patched.indexOf(RELAY);
      assert.equal(patched.slice(0, at), head);
      const rest = patched.slice(at + RELAY.length);
      const added = rest.length - text.length + head.length + URL.length;
      const cut = [...tail, ""].findIndex((_, n) =>
        rest.startsWith(tail.slice(0, n)) && rest.slice(n + added) === tail.slice(n)
      );
      assert.ok(cut >= 0 || rest.endsWith(tail), "one run of bytes was added");
      assert.equal(revertCodexToml(patched, edits, FILE).text, text);
      assert.equal(revertCodexToml(patched, [], FILE).text, text);
    }),
    { numRuns: 300 },
  );
});

// deno-lint-ignore no-explicit-any
function read(text: string): any {
  return JSON.parse(
    JSON.stringify(
      parse(text.replace(/^\ufeff/, ""), { integersAsBigInt: true }),
      (_, one) => typeof one === "bigint" ? String(one) : one,
    ),
    (key, one) => key in PATIENT && typeof one === "string" ? Number(one) : one,
  );
}
