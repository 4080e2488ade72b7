/**
 * OpenAI's published schema of its API (`tests/wire/openai-api.schema.json`), as a judge. The one place that names the
 * version of ajv.
 *
 * @module
 */

// deno-lint-ignore no-import-prefix
import { Ajv2019 } from "npm:ajv@8.20.0/dist/2019.js";
import type { Json } from "../../../lib/base/json.ts";
import type { ResponsesEvent } from "../../../lib/wire/responses.ts";

const ajv = new Ajv2019({ strict: false, validateFormats: false, inlineRefs: false });
ajv.addSchema(
  JSON.parse(Deno.readTextFileSync(new URL("../../wire/openai-api.schema.json", import.meta.url))),
);

/** What is wrong with a value as a `Response`, `CreateChatCompletionRequest` …; `undefined` where nothing is. */
export function schemaFault(name: string, value: Json): string | undefined {
  const validate = ajv.getSchema(`openai-api#/components/schemas/${name}`);
  if (!validate) throw new Error(`The schema knows no ${name}`);
  if (validate(value)) return undefined;
  const [first] = validate.errors ?? [];
  return `${first?.instancePath || "/"} ${first?.message} ${JSON.stringify(first?.params)}`;
}

/** What each event of a stream is to the schema. Read from it, so that no event type is left out. */
const EVENTS: ReadonlyMap<string, string> = new Map(eventTypes());

function* eventTypes(): Generator<[type: string, schema: string]> {
  const all = ajv.getSchema("openai-api")?.schema as {
    components: { schemas: Record<string, { anyOf?: { $ref: string }[]; properties?: Named }> };
  };
  const { schemas } = all.components;
  for (const { $ref } of schemas.ResponseStreamEvent?.anyOf ?? []) {
    const name = $ref.slice($ref.lastIndexOf("/") + 1);
    for (const type of schemas[name]?.properties?.type?.enum ?? []) yield [type, name];
  }
}

interface Named {
  readonly type?: { readonly enum?: readonly string[] };
}

/** What is wrong with an event; a heartbeat is the sidecar's own and none of the schema's. */
export function eventFault({ type, data }: ResponsesEvent): string | undefined {
  if (type === "keepalive") return undefined;
  const name = EVENTS.get(type);
  if (name === undefined) return `${type}: the schema knows no such event`;
  const fault = schemaFault(name, data);
  return fault && `${type}: ${fault}`;
}
