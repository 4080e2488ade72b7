/** Schemas in the dialects of providers: what changes, what stays the same object, and that no reference makes them grow. */

import assert from "node:assert/strict";
import { fc } from "../../helpers/fast_check.ts";
import { outOfProportion } from "../../helpers/rules/growth.ts";
import { isObject, type Json, type JsonObject } from "../../../lib/base/json.ts";
import {
  ANY_SCHEMA,
  CORE_SCHEMA,
  MOONSHOT_SCHEMA,
  type SchemaRules,
} from "../../../lib/provider/schema_rules.ts";
import { applySchemaFixUp, fixUpSchemas } from "../../../lib/translate/schemas/fix_up.ts";
import { adaptSchema, adaptToolSchemas } from "../../../lib/translate/schemas/schemas.ts";

const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: "object",
  properties,
  ...more,
});
const STRING = { type: "string" };
const NO_REFS: SchemaRules = { ...ANY_SCHEMA, refs: false };

const cases: { name: string; rules: SchemaRules; schema: JsonObject; out: JsonObject }[] = [
  {
    name: "a reference beside other keys takes what it names, and its own words win",
    rules: MOONSHOT_SCHEMA,
    schema: object({ thread: { $ref: "#/$defs/id", type: "string", description: "Target." } }, {
      $defs: { id: { type: "string", format: "uuid", description: "An id." } },
    }),
    out: object({ thread: { type: "string", format: "uuid", description: "Target." } }),
  },
  {
    name: "references in references, by definitions, pointers with escapes, and anchors",
    rules: NO_REFS,
    schema: object({
      a: { $ref: "#/definitions/x~1y" },
      b: { $ref: "#/properties/a" },
      c: { $ref: "#here" },
      d: { $ref: "#/definitions/two%20words" },
    }, {
      definitions: {
        "x/y": { items: { $ref: "#/definitions/two words" } },
        "two words": { $anchor: "here", type: "integer" },
      },
    }),
    out: object({
      a: { items: { $anchor: "here", type: "integer" } },
      b: { items: { $anchor: "here", type: "integer" } },
      c: { $anchor: "here", type: "integer" },
      d: { $anchor: "here", type: "integer" },
    }),
  },
  {
    name: "a schema that holds itself: the inner one allows everything",
    rules: MOONSHOT_SCHEMA,
    schema: object({ node: { $ref: "#/$defs/node" } }, {
      $defs: { node: object({ next: { $ref: "#/$defs/node" }, value: STRING }) },
    }),
    out: object({ node: object({ next: {}, value: STRING }) }),
  },
  {
    name: "the root within itself, and two that name one another",
    rules: NO_REFS,
    schema: object({ self: { $ref: "#" }, a: { $ref: "#/$defs/a", description: "A." } }, {
      $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } },
    }),
    out: object({ self: {}, a: { description: "A." } }),
  },
  {
    name: "a reference to nowhere, or to another document, leaves what stands beside it",
    rules: NO_REFS,
    schema: object({
      a: { $ref: "#/$defs/none", description: "A." },
      b: { $ref: "https://x/y.json" },
      c: { $ref: "#/properties/__proto__" },
    }),
    out: object({ a: { description: "A." }, b: {}, c: {} }),
  },
  {
    name: "properties called like keywords are properties, and data is data",
    rules: MOONSHOT_SCHEMA,
    schema: object({
      $ref: STRING,
      anyOf: { type: "array", items: STRING },
      $defs: STRING,
      d: { type: "object", default: { $ref: "#", anyOf: 1 } },
    }),
    out: object({
      $ref: STRING,
      anyOf: { type: "array", items: STRING },
      $defs: STRING,
      d: { type: "object", default: { $ref: "#", anyOf: 1 } },
    }),
  },
  {
    name: "a union beside a type: the type goes into the branches that have none",
    rules: MOONSHOT_SCHEMA,
    schema: object({
      skill: { type: "string", anyOf: [{ enum: ["a"] }, { type: "boolean" }], description: "S." },
    }),
    out: object({
      skill: { description: "S.", anyOf: [{ type: "string", enum: ["a"] }, { type: "boolean" }] },
    }),
  },
  {
    name: "a union at the root is one object: all properties, required where all require",
    rules: MOONSHOT_SCHEMA,
    schema: {
      type: "object",
      $schema: "https://json-schema.org/draft/2020-12/schema",
      description: "One of the variants.",
      anyOf: [
        object({ name: STRING, content: STRING }, { required: ["name", "content"] }),
        object({ name: STRING, url: STRING }, { required: ["name", "url"] }),
      ],
    },
    out: {
      description: "One of the variants. (give one of: content; url)",
      type: "object",
      properties: { name: STRING, content: STRING, url: STRING },
      required: ["name"],
    },
  },
  {
    name: "a root union of tagged objects keeps every tag, oneOf like anyOf",
    rules: MOONSHOT_SCHEMA,
    schema: {
      oneOf: [
        object({ kind: { type: "string", const: "a" } }, { additionalProperties: false }),
        object({ kind: { type: "string", enum: ["b", "c"] } }, { additionalProperties: false }),
      ],
    },
    out: {
      type: "object",
      properties: { kind: { type: "string", enum: ["a", "b", "c"] } },
      additionalProperties: false,
    },
  },
  {
    name: "a union that only says what is required beside properties",
    rules: MOONSHOT_SCHEMA,
    schema: object({
      at: object({ a: STRING, b: STRING }, { anyOf: [{ required: ["a"] }, { required: ["b"] }] }),
    }),
    out: object({
      at: object({ a: STRING, b: STRING }, { description: "give one of: a; b" }),
    }),
  },
  {
    name: "oneOf alone is anyOf; allOf is what its parts say together",
    rules: MOONSHOT_SCHEMA,
    schema: object({
      x: { oneOf: [STRING, { type: "number" }], description: "X." },
      y: {
        description: "Y.",
        allOf: [
          { $ref: "#/$defs/base" },
          object({ b: STRING }, { required: ["b"] }),
        ],
      },
    }, { $defs: { base: object({ a: STRING }, { required: ["a"] }) } }),
    out: object({
      x: { description: "X.", anyOf: [STRING, { type: "number" }] },
      y: {
        type: "object",
        properties: { a: STRING, b: STRING },
        required: ["a", "b"],
        description: "Y.",
      },
    }),
  },
  {
    name: "boolean schemas, lists of items, and required names without a property",
    rules: MOONSHOT_SCHEMA,
    schema: object({
      any: true,
      none: false,
      pair: { type: "array", items: [STRING, { type: "number" }, STRING], minItems: 3 },
      open: { type: "object", additionalProperties: true },
    }, { required: ["any", "ghost"] }),
    out: object({
      any: {},
      pair: { type: "array", minItems: 3, items: { anyOf: [STRING, { type: "number" }] } },
      open: { type: "object", additionalProperties: true },
    }, { required: ["any"] }),
  },
  {
    name: "what is dropped goes into the description",
    rules: { ...ANY_SCHEMA, drop: ["format", "additionalProperties", "minimum"] },
    schema: object({
      url: { type: "string", format: "uri", description: "Where." },
      format: { type: "integer", minimum: 1 },
    }, { additionalProperties: false }),
    out: object({
      url: { type: "string", description: "Where. (format: uri)" },
      format: { type: "integer", description: "minimum: 1" },
    }),
  },
  {
    name: "no null in enums",
    rules: { ...ANY_SCHEMA, enums: "no null" },
    schema: object({ a: { type: ["string", "null"], enum: ["x", null] }, b: { enum: [null] } }),
    out: object({
      a: { type: ["string", "null"], enum: ["x"], description: "or null" },
      b: { description: "one of: null" },
    }),
  },
  {
    name: "the common core: strings in enums, one type, const as enum",
    rules: CORE_SCHEMA,
    schema: object({
      n: { type: "integer", enum: [1, 2] },
      t: { type: ["string", "null"], title: "T" },
      c: { type: "string", const: "x", default: "x" },
    }),
    out: object({
      n: { type: "integer", description: "one of: 1, 2" },
      t: { type: "string", description: "or null" },
      c: { type: "string", enum: ["x"], description: "default: x" },
    }),
  },
  {
    name: "no deeper than a depth",
    rules: { ...ANY_SCHEMA, depth: 3 },
    schema: object({ a: object({ b: STRING }, { description: "A." }) }),
    out: object({ a: object({ b: STRING }, { description: "A." }) }),
  },
  {
    name: "deeper than a depth: the type alone",
    rules: { ...ANY_SCHEMA, depth: 3 },
    schema: object({ a: object({ b: object({ c: STRING }, { required: ["c"] }) }) }),
    out: object({ a: object({ b: { type: "object" } }) }),
  },
  {
    name: "a property called __proto__ is one",
    rules: MOONSHOT_SCHEMA,
    schema: JSON.parse(
      '{"anyOf":[{"type":"object","properties":{"__proto__":{"$ref":"#/$defs/s"}}}],"$defs":{"s":{"type":"string"}}}',
    ),
    out: JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}'),
  },
];

for (const { name, rules, schema, out } of cases) {
  Deno.test(`schemas: ${name}`, () => {
    const before = structuredClone(schema);
    const adapted = adaptSchema(schema, rules);
    assert.deepEqual(adapted, out);
    assert.deepEqual(schema, before, "the client's schema is not changed");
    assert.deepEqual(adaptSchema(adapted, rules), out, "twice is once");
  });
}

const PLAIN = object({
  cmd: { type: "string", description: "A command." },
  list: { type: "array", items: STRING },
  either: { anyOf: [STRING, { type: "number" }] },
}, { required: ["cmd"], additionalProperties: false });

Deno.test("schemas: what a dialect takes is the same object, up to the request", () => {
  const chat = { type: "function", function: { name: "f", parameters: PLAIN } };
  const own = { type: "function", name: "f", parameters: PLAIN };
  const request = { tools: [own, chat, { type: "namespace", name: "n", tools: [own] }, "x", null] };
  assert.equal(adaptSchema(PLAIN, MOONSHOT_SCHEMA), PLAIN);
  assert.equal(adaptToolSchemas(request, MOONSHOT_SCHEMA), request);
  assert.equal(adaptToolSchemas({ ...request }, ANY_SCHEMA).tools, request.tools);
});

Deno.test("schemas: Codex's own tools go up as they came in the strictest dialect", () => {
  const lines = Deno.readTextFileSync(new URL("../codex_requests.jsonl", import.meta.url));
  const requests = lines.trim().split("\n").map((line) => {
    const json = JSON.parse(line) as JsonObject;
    return isObject(json.body) ? json.body : json;
  });
  assert.ok(requests.some(({ tools }) => Array.isArray(tools) && tools.length > 5));
  for (const request of requests) {
    assert.equal(adaptToolSchemas(request, MOONSHOT_SCHEMA), request);
  }
});

Deno.test("schemas: functions of both wires and inside namespaces are adapted, and nothing else", () => {
  const parameters = object({ a: { $ref: "#/$defs/s" } }, { $defs: { s: STRING } });
  const good = object({ a: STRING });
  const own = (schema: JsonObject) => ({ type: "function", name: "f", parameters: schema });
  const all = (schema: JsonObject): JsonObject => ({
    model: "m",
    tools: [
      own(schema),
      { type: "function", function: { name: "f", parameters: schema } },
      { type: "namespace", name: "n", tools: [own(schema), { type: "custom", name: "c" }] },
      { type: "web_search" },
    ],
  });
  assert.deepEqual(adaptToolSchemas(all(parameters), MOONSHOT_SCHEMA), all(good));
});

/** Whether a schema breaks a rule of the strictest dialect. */
function wrong(schema: Json | undefined, root = true): string | undefined {
  if (!isObject(schema)) return root ? undefined : `a schema that is ${JSON.stringify(schema)}`;
  const keys = Object.keys(schema);
  if ("$ref" in schema || "$defs" in schema || "allOf" in schema || "oneOf" in schema) {
    return keys.join();
  }
  if (root && (schema.type !== "object" || "anyOf" in schema)) return "the root";
  if ("anyOf" in schema && keys.some((key) => !/anyOf|description|title|default/.test(key))) {
    return `anyOf beside ${keys}`;
  }
  const { properties, items, anyOf, required } = schema;
  if (
    Array.isArray(required) &&
    required.some((name) => !Object.hasOwn(isObject(properties) ? properties : {}, `${name}`))
  ) {
    return `required ${required}`;
  }
  const inner = [
    ...(isObject(properties) ? Object.values(properties) : []),
    ...(items === undefined ? [] : [items]),
    ...(Array.isArray(anyOf) ? anyOf : []),
  ];
  for (const each of inner) {
    const found = wrong(each, false);
    if (found) return found;
  }
  return undefined;
}

Deno.test("schemas: any schema, however its parts refer to one another, is lawful in the strictest dialect", () => {
  const name = fc.constantFrom("a", "b", "c");
  const { schema } = fc.letrec<{ schema: JsonObject }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.record({ type: fc.constantFrom("string", "object", "integer") }),
      fc.record({ $ref: name.map((each) => `#/$defs/${each}`), type: fc.constant("object") }, {
        requiredKeys: ["$ref"],
      }),
      fc.record({
        type: fc.constant("object"),
        properties: fc.dictionary(name, tie("schema"), { maxKeys: 3, noNullPrototype: true }),
        required: fc.uniqueArray(name, { maxLength: 3 }),
        anyOf: fc.array(tie("schema"), { maxLength: 3 }),
        allOf: fc.array(tie("schema"), { maxLength: 2 }),
        description: fc.constant("D."),
      }, { requiredKeys: [] }),
      fc.record({
        type: fc.constant("array"),
        items: fc.oneof(tie("schema"), fc.array(tie("schema"), { maxLength: 2 }), fc.boolean()),
        oneOf: fc.array(tie("schema"), { minLength: 1, maxLength: 2 }),
      }, { requiredKeys: [] }),
    ),
  }));
  const whole = fc.tuple(schema, schema, schema, schema).map(([root, a, b, c]) => ({
    ...root,
    $defs: { a, b, c },
  }));
  fc.assert(
    fc.property(whole, (root) => {
      const adapted = adaptSchema(root, MOONSHOT_SCHEMA);
      assert.equal(wrong(adapted), undefined, JSON.stringify(adapted));
      assert.ok(JSON.stringify(adapted).length < 1 << 20);
    }),
    { numRuns: 300 },
  );
});

/** `size` definitions, each naming the next one twice: written out, 2 to the power of `size`. */
function doubling(size: number): JsonObject {
  const $defs: JsonObject = {};
  for (let at = 0; at < size; at++) {
    const next = { $ref: `#/$defs/d${at + 1}` };
    $defs[`d${at}`] = object({ left: next, right: next });
  }
  return object({ root: { $ref: "#/$defs/d0" } }, { $defs });
}

Deno.test("schemas: references that double with each step end at a bound", () => {
  for (const size of [20, 60, 4000]) {
    const length = JSON.stringify(adaptSchema(doubling(size), MOONSHOT_SCHEMA)).length;
    assert.ok(length < 400_000, `${size}: ${length}`);
  }
  const tools = Array.from({ length: 200 }, () => ({
    type: "function",
    name: "f",
    parameters: doubling(40),
  }));
  const length = JSON.stringify(adaptToolSchemas({ tools }, MOONSHOT_SCHEMA)).length;
  assert.ok(length < 8_000_000, `${length}`);
});

const GROWING: Record<string, (size: number) => JsonObject> = {
  "a chain of references": (size) => {
    const $defs: JsonObject = {};
    for (let at = 0; at < size; at++) $defs[`d${at}`] = { $ref: `#/$defs/d${at + 1}` };
    return object({ root: { $ref: "#/$defs/d0" } }, { $defs });
  },
  "many references to a large definition": (size) =>
    object(
      Object.fromEntries(
        Array.from({ length: size }, (_, at) => [`p${at}`, { $ref: "#/$defs/d" }]),
      ),
      { $defs: { d: { enum: Array.from({ length: size }, (_, at) => `value ${at}`) } } },
    ),
  "many anchors": (size) =>
    object(
      Object.fromEntries(Array.from({ length: size }, (_, at) => [`p${at}`, { $ref: `#a${at}` }])),
      {
        $defs: Object.fromEntries(
          Array.from(
            { length: size },
            (_, at) => [`d${at}`, { $anchor: `a${at}`, type: "string" }],
          ),
        ),
      },
    ),
  "references that double": doubling,
  "a wide union at the root": (size) => ({
    anyOf: Array.from(
      { length: size },
      (_, at) =>
        object({ kind: { const: `k${at}` }, [`p${at}`]: STRING }, { required: [`p${at}`] }),
    ),
  }),
  "a wide union beside properties": (size) =>
    object({
      x: object({ a: STRING }, {
        anyOf: Array.from({ length: size }, (_, at) => ({ required: [`p${at}`] })),
      }),
    }),
  "many lists of items": (size) =>
    object(Object.fromEntries(
      Array.from({ length: size }, (_, at) => [`p${at}`, { items: [STRING, { const: at }, true] }]),
    )),
};

for (const [name, schema] of Object.entries(GROWING)) {
  for (const [dialect, rules] of Object.entries({ MOONSHOT_SCHEMA, CORE_SCHEMA })) {
    Deno.test(`growth: ${name} costs what it is long (${dialect})`, () => {
      const wrong = outOfProportion((size) => void adaptSchema(schema(size), rules), 512);
      assert.equal(wrong, undefined);
    });
  }
}

Deno.test("schemas: what stands deep inside is walked without an overflow", () => {
  let deep: JsonObject = { $ref: "#/$defs/s" };
  for (let at = 0; at < 500; at++) deep = { anyOf: [deep, { type: "string" }], type: "object" };
  adaptSchema({ properties: { deep }, $defs: { s: deep } }, MOONSHOT_SCHEMA);
  adaptSchema({ properties: { deep }, $defs: { s: deep } }, CORE_SCHEMA);
});

const refusals: { says: string; parameters: JsonObject; what?: string; left?: JsonObject }[] = [
  {
    says:
      "tools.function.parameters is not a valid moonshot flavored json schema, details: <At path 'properties.x': conflicting keywords found after $ref expansion: description>",
    parameters: object({ x: { $ref: "#/$defs/s", description: "X." } }, { $defs: { s: STRING } }),
    what: "what its schemas must not hold",
    left: object({ x: { type: "string", description: "X." } }),
  },
  {
    says: "Invalid schema for function 'f': $ref is not supported",
    parameters: object({ x: { $ref: "#/$defs/s" } }, { $defs: { s: STRING } }),
    what: "references in schemas",
    left: object({ x: STRING }),
  },
  {
    says:
      "Invalid JSON payload received. Unknown name \"additionalProperties\" at 'tools[0].function_declarations[0].parameters': Cannot find field.",
    parameters: object({ x: STRING }, { additionalProperties: false }),
    what: "the schema keywords additionalProperties",
    left: object({ x: STRING }),
  },
  {
    says: "tools[0].function.parameters: 'format' is not permitted",
    parameters: object({ x: { type: "string", format: "uri" } }),
    what: "the schema keywords format",
    left: object({ x: { type: "string", description: "format: uri" } }),
  },
  {
    says:
      "Invalid value at 'tools[0].function_declarations[7].parameters.properties[1].value.enum[0]' (TYPE_STRING), 0",
    parameters: object({ x: { type: "integer", enum: [0, 1] } }),
    what: "enum values that are no strings",
    left: object({ x: { type: "integer", description: "one of: 0, 1" } }),
  },
  {
    says: "Invalid tool schema: enum must not contain null",
    parameters: object({ x: { type: "string", enum: ["a", null] } }),
    what: "null in enums",
    left: object({ x: { type: "string", enum: ["a"], description: "or null" } }),
  },
  {
    says: "JSON schema conversion failed: Pattern must start with '^' and end with '$'",
    parameters: object({ x: { type: "string", pattern: "a+" } }),
    what: "patterns",
    left: object({ x: { type: "string", description: "pattern: a+" } }),
  },
  {
    says: "Invalid function schema: exceeds the maximum nesting depth of 3",
    parameters: object({ a: object({ b: object({ c: STRING }) }) }),
    what: "schemas deeper than 3",
    left: object({ a: object({ b: { type: "object" } }) }),
  },
  {
    says: "The provided JSON schema contains features not supported by xgrammar.",
    parameters: object({ x: { type: ["string", "null"], minLength: 1 } }),
    what: "all but the core of schemas",
    left: object({ x: { type: "string", description: "or null (minLength: 1)" } }),
  },
  {
    says: "tool schema: oneOf is not supported at the top level",
    parameters: { oneOf: [object({ x: STRING })] },
    what: "unions beside a type",
    left: object({ x: STRING }),
  },
  {
    says: "Invalid schema for response_format: additionalProperties is required",
    parameters: object({}, { additionalProperties: false }),
  },
  { says: "The model does not exist", parameters: object({}, { additionalProperties: false }) },
  { says: "This model does not support tools", parameters: object({}, { title: "T" }) },
];

for (const { says, parameters, what, left } of refusals) {
  Deno.test(`schemas: "${says.slice(0, 90)}" -> ${what ?? "nothing to do"}`, () => {
    for (const chat of [true, false]) {
      const body = (schema: JsonObject): JsonObject => ({
        tools: [
          chat
            ? { type: "function", function: { name: "f", parameters: schema } }
            : { type: "function", name: "f", parameters: schema },
        ],
      });
      const fixed = fixUpSchemas(says, body(parameters), new Set());
      if (fixed) assert.deepEqual(applySchemaFixUp(body(parameters), fixed.what), fixed.body);
      assert.deepEqual(
        fixed,
        what === undefined || !left ? undefined : { what, body: body(left) },
      );
    }
  });
}

Deno.test("schemas: refused again for the same, all but the common core goes", () => {
  const says = "Invalid tool schema: $ref is not supported";
  const body = {
    tools: [{
      type: "function",
      name: "f",
      parameters: object({ x: { type: "string", title: "X" } }),
    }],
  };
  const already = new Set(["references in schemas"]);
  assert.equal(fixUpSchemas(says, body, already)?.what, "all but the core of schemas");
  already.add("all but the core of schemas");
  assert.equal(fixUpSchemas(says, body, already), undefined);
});
