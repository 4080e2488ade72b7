import assert from "node:assert/strict";
import { Failure } from "../../../lib/base/errors.ts";
import { relayOrigin, type RelayRules } from "../../../lib/proxy/route/relay.ts";
import { GENERIC } from "../../../lib/provider/profiles.ts";

const rules: RelayRules = {
  profiles: [{ ...GENERIC, hosts: ["api.known.com", "xn--mnchen-3ya.de"] }],
  hosts: [
    "gate.local",
    "gate.local:8443",
    "localhost:11434",
    "127.0.0.1:9000",
    "[::1]:8080",
    "https://safe.local",
    "https://safe.local:8443",
    "http://plain.local:8000",
  ],
};

const allowed: [string, string, string][] = [
  ["https", "api.known.com", "https://api.known.com"],
  ["https", "API.Known.COM:443", "https://api.known.com"],
  ["https", "api.known.com:", "https://api.known.com"],
  ["https", "münchen.de", "https://xn--mnchen-3ya.de"],
  ["https", "gate.local", "https://gate.local"],
  ["http", "gate.local", "http://gate.local"],
  ["http", "gate.local:80", "http://gate.local"],
  ["https", "gate.local:8443", "https://gate.local:8443"],
  ["http", "localhost:11434", "http://localhost:11434"],
  ["https", "safe.local", "https://safe.local"],
  ["https", "safe.local:443", "https://safe.local"],
  ["https", "safe.local:8443", "https://safe.local:8443"],
  ["http", "plain.local:8000", "http://plain.local:8000"],
  ["http", "[::1]:8080", "http://[::1]:8080"],
  ["http", "[0:0:0:0:0:0:0:1]:8080", "http://[::1]:8080"],
  ["http", "0x7f.1:9000", "http://127.0.0.1:9000"],
  ["http", "2130706433:9000", "http://127.0.0.1:9000"],
];
for (const [scheme, host, origin] of allowed) {
  Deno.test(`relay: ${scheme} ${host} is allowed`, () => {
    assert.equal(relayOrigin(scheme, host, rules), origin);
  });
}

const refused: [string, string, RegExp][] = [
  ["http", "api.known.com", /over plain http/],
  ["https", "api.known.com:8443", /no provider/],
  ["https", "api.known.com.", /no provider/],
  ["https", "evil-api.known.com", /no provider/],
  ["https", "api.known.com.evil.com", /no provider/],
  ["https", "known.com", /no provider/],
  ["https", "evil.com", /relay\.hosts/],
  ["http", "localhost", /relay\.hosts/],
  ["http", "localhost:9000", /relay\.hosts/],
  ["http", "127.0.0.1:11434", /relay\.hosts/],
  ["http", "127.1:9001", /relay\.hosts/],
  ["http", "gate.local:443", /relay\.hosts/],
  ["http", "safe.local", /asks for safe\.local over http, and it is known over https alone/],
  ["http", "safe.local:443", /known over https alone/],
  ["http", "safe.local:8443", /known over https alone/],
  ["https", "plain.local:8000", /known over http alone/],
  ["https", "plain.local", /known over http alone/],
  ["https", "safe.local:1", /no provider/],
  ["https", "user@api.known.com", /no plain host/],
  ["https", "api.known.com@evil.com", /no plain host/],
  ["https", "evil.com\\api.known.com", /no plain host/],
  ["https", "api.known.com/x", /no plain host/],
  ["https", "evil.com?api.known.com", /no plain host/],
  ["https", "evil.com#api.known.com", /no plain host/],
  ["https", "api%2eknown.com", /no plain host/],
  ["https", "api.known.com:99999", /no plain host/],
  ["https", "api.kno wn.com", /no plain host/],
  ["https", "api.known.com\t", /no plain host/],
  ["https", "[::1", /no plain host/],
  ["https", "", /no plain host/],
  ["https", ":443", /no plain host/],
  ["HTTPS", "api.known.com", /scheme/],
  ["file", "api.known.com", /scheme/],
  ["ws", "gate.local", /scheme/],
  ["", "gate.local", /scheme/],
];
for (const [scheme, host, message] of refused) {
  Deno.test(`relay: ${scheme} ${JSON.stringify(host)} is refused`, () => {
    assert.throws(() => relayOrigin(scheme, host, rules), (error) => {
      assert(error instanceof Failure && error.code === "relay_refused");
      assert.match(error.fullMessage, message);
      return true;
    });
  });
}
