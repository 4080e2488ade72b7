import assert from "node:assert/strict";
import { Failure } from "../../../lib/base/errors.ts";
import { refuseLogin } from "../../../lib/proxy/route/login.ts";
import type { Target } from "../../../lib/proxy/route/target.ts";
import { GENERIC, profileNamed } from "../../../lib/provider/profiles.ts";

function jwt(claims: unknown): string {
  const part = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${part({ alg: "RS256" })}.${part(claims)}.c2ln`;
}

const LOGIN = jwt({ iss: "https://auth.openai.com", aud: ["https://api.openai.com/v1"] });
const BY_CLAIM = jwt({ "https://api.openai.com/auth": { chatgpt_account_id: "acc" }, x: "???>>>" });

const cases: [string, Record<string, string>, boolean][] = [
  ["a login by its issuer", { authorization: `Bearer ${LOGIN}` }, true],
  ["a login by its claims", { authorization: `Bearer ${BY_CLAIM}` }, true],
  ["a login without its scheme", { authorization: LOGIN }, true],
  ["a login as api-key", { "api-key": LOGIN }, true],
  ["a login as x-api-key", { "x-api-key": LOGIN }, true],
  ["a login behind another value", { authorization: `Bearer sk-1, Bearer ${LOGIN}` }, true],
  ["a login with its padding left on", {
    authorization: `Bearer e30=.${btoa('{"iss":"https://auth.openai.com"}')}.eA==`,
  }, true],
  ["a plain key", { authorization: "Bearer sk-abcdef.ghi.jkl" }, false],
  ["somebody else's JWT", { authorization: `Bearer ${jwt({ iss: "https://gateway" })}` }, false],
  ["a JWT that holds no object", { authorization: `Bearer ${jwt([1])}` }, false],
  ["no key", {}, false],
];

const target = { title: "MiMo", profile: GENERIC } as Target;

for (const [name, headers, refused] of cases) {
  Deno.test(`login: ${name} ${refused ? "is refused" : "passes"}`, () => {
    const check = () => refuseLogin(new Headers(headers), target);
    if (!refused) return assert.doesNotThrow(check);
    assert.throws(check, (error) => {
      assert(error instanceof Failure);
      assert.equal(error.code, "login_token");
      assert.match(error.fullMessage, /MiMo.*requires_openai_auth = false/);
      assert(!error.fullMessage.includes(LOGIN));
      return true;
    });
  });
}

Deno.test("login: OpenAI itself may have it", () => {
  const openai = { title: "OpenAI", profile: profileNamed("openai") } as Target;
  refuseLogin(new Headers({ authorization: `Bearer ${LOGIN}` }), openai);
});
