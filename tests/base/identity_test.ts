import assert from "node:assert/strict";

import { type Connection, isNonce, prove, proves } from "../../lib/base/identity.ts";
import { fc } from "../helpers/fast_check.ts";

const secret = new Uint8Array(32).fill(7);
const nonce = "0123456789abcdef".repeat(2);
const at = (host: string, port: number, from = "127.0.0.1", fromPort = 50_000): Connection => ({
  local: { hostname: host, port },
  remote: { hostname: from, port: fromPort },
});
const asked = at("127.0.0.1", 8411);

const proofs: [name: string, proof: unknown, good: boolean][] = [
  ["of this sidecar", prove(secret, nonce, asked), true],
  ["of one that listens on every address", prove(secret, nonce, at("0.0.0.0", 8411)), true],
  [
    "of one that listens on every address of both families",
    prove(secret, nonce, at("::", 8411, "::ffff:127.0.0.1")),
    true,
  ],
  ["for another port", prove(secret, nonce, at("127.0.0.1", 8412)), false],
  ["for another address", prove(secret, nonce, at("127.0.0.2", 8411)), false],
  ["for IPv6's loopback", prove(secret, nonce, at("::1", 8411, "::1")), false],
  [
    "for another connection",
    prove(secret, nonce, at("127.0.0.1", 8411, "127.0.0.1", 50_001)),
    false,
  ],
  ["for another client", prove(secret, nonce, at("127.0.0.1", 8411, "127.0.0.2")), false],
  ["for another nonce", prove(secret, nonce.replace("0", "1"), asked), false],
  ["with another secret", prove(new Uint8Array(32).fill(8), nonce, asked), false],
  ["in capitals", prove(secret, nonce, asked).toUpperCase(), false],
  ["with more behind it", `${prove(secret, nonce, asked)}00`, false],
  ["cut short", prove(secret, nonce, asked).slice(2), false],
  ["that is empty", "", false],
  ["that is null", null, false],
  ["that is a list", [prove(secret, nonce, asked)], false],
  ["that is a number", 0, false],
];
for (const [name, proof, good] of proofs) {
  Deno.test(`identity: a proof ${name} ${good ? "is accepted" : "is refused"}`, () =>
    assert.equal(proves(secret, nonce, asked, proof), good));
}

Deno.test("identity: only the secret, the nonce and the connection of a proof make it", () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const connection = fc.record({
    local: fc.record({
      hostname: fc.constant("127.0.0.1"),
      port: fc.integer({ min: 1, max: 65535 }),
    }),
    remote: fc.record({ hostname: fc.ipV4(), port: fc.integer({ min: 1, max: 65535 }) }),
  });
  fc.assert(fc.property(bytes, bytes, connection, connection, (one, other, here, there) => {
    const same = `${one}` === `${other}` && JSON.stringify(here) === JSON.stringify(there);
    assert.equal(proves(other, nonce, there, prove(one, nonce, here)), same);
    assert.equal(proves(one, nonce, here, prove(one, nonce, here)), true);
  }));
});

const nonces: [text: string, good: boolean][] = [
  ["0".repeat(32), true],
  ["f".repeat(128), true],
  ["0".repeat(31), false],
  ["0".repeat(129), false],
  ["", false],
  ["F".repeat(32), false],
  [`${"0".repeat(32)}\n`, false],
  [`${"0".repeat(31)}%`, false],
];
for (const [text, good] of nonces) {
  Deno.test(`identity: ${JSON.stringify(text)} is ${good ? "a" : "no"} nonce`, () =>
    assert.equal(isNonce(text), good));
}
