import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import { Failure } from "../../lib/base/errors.ts";
import { isBareError, saysError } from "../../lib/translate/error_shape.ts";
import { responsesReader } from "../../lib/translate/response/read_events.ts";

const cases: { json: JsonObject; says?: true; bare?: true }[] = [
  { json: { error: { message: "no" } }, says: true },
  { json: { error: "no" }, says: true },
  { json: { error: {} } },
  { json: { error: null } },
  { json: { base_resp: { status_code: 1008, status_msg: "no" } }, says: true },
  { json: { base_resp: { status_code: 0, status_msg: "" } } },
  { json: { code: "InvalidApiKey", message: "no" }, bare: true },
  { json: { code: 401, msg: "no" }, bare: true },
  { json: { error_code: 17, error_msg: "no" }, bare: true },
  { json: { object: "error", message: "no" }, bare: true },
  { json: { success: false, message: "no" }, bare: true },
  { json: { detail: "no" }, bare: true },
  { json: { detail: [{ loc: ["body"], msg: "no" }] }, bare: true },
  { json: { code: 0, message: "Success" } },
  { json: { code: "200", message: "ok" } },
  { json: { status: "OK", message: "fine" } },
  { json: { message: "waiting" } },
  { json: { code: "x" } },
  { json: {} },
];
for (const { json, says = false, bare = false } of cases) {
  Deno.test(`error shape: ${JSON.stringify(json)} is ${says || bare ? "an error" : "none"}`, () => {
    assert.deepEqual([saysError(json), isBareError(json)], [says, bare]);
    const classify = (_: JsonObject, text: string) => new Failure("refused", text);
    const stage = responsesReader({ classify });
    const read = () => stage.push({ data: JSON.stringify(json) });
    if (says || bare) assert.throws(read, { code: "refused" });
    else assert.deepEqual(read(), []);
  });
}

Deno.test("error shape: an event of an answer is none, whatever fields it has", () => {
  const classify = () => new Failure("refused", "");
  const data = { type: "response.metadata", code: "x", message: "m", error: "e", detail: "d" };
  assert.equal(responsesReader({ classify }).push({ data: JSON.stringify(data) }).length, 1);
});
