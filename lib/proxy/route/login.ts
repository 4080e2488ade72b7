/**
 * A ChatGPT login opens the user's entire OpenAI account, so it goes to OpenAI alone.
 *
 * Codex sends it to any provider that is configured with `requires_openai_auth = true` (docs/facts/codex.md §1.1).
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { isObject, parseJson } from "../../base/json.ts";
import { KEY_HEADERS } from "./headers.ts";
import type { Target } from "./target.ts";

/**
 * Refuses a request that would carry a ChatGPT login to a provider that is not OpenAI.
 *
 * @param headers those that would go upstream, the target's own key already in place.
 * @throws Failure `login_token`
 */
export function refuseLogin(headers: Headers, target: Target): void {
  if (target.profile.takesLogin) return;
  if (!KEY_HEADERS.some((name) => isLogin(headers.get(name) ?? ""))) return;
  throw new Failure(
    "login_token",
    `Codex sent its ChatGPT login to ${target.title}, and the sidecar hands that to nobody but OpenAI`,
    {
      hint: "Give the provider its own key in ~/.codex/config.toml (env_key or " +
        "experimental_bearer_token) and set requires_openai_auth = false there",
    },
  );
}

/** Whether a header value is, or holds, a JWT that OpenAI's login issued. */
function isLogin(value: string): boolean {
  for (const word of value.split(/[\s,]+/)) {
    const payload = /^[\w-]+=*\.([\w-]+)=*\.[\w-]*=*$/.exec(word)?.[1];
    const claims = payload && parseJson(decodeBase64Url(payload));
    if (!isObject(claims)) continue;
    if (typeof claims.iss === "string" && claims.iss.startsWith("https://auth.openai.com")) {
      return true;
    }
    if (Object.keys(claims).some((key) => key.startsWith("https://api.openai.com/"))) return true;
  }
  return false;
}

/** The text behind base64url, as Latin-1: enough for the ASCII names that are searched for; empty when it is no base64url. */
function decodeBase64Url(text: string): string {
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
  return base64.length % 4 === 1 ? "" : atob(base64);
}
