import assert from "node:assert/strict";
import {
  isLocalhostName,
  isLoopback,
  isThisMachine,
  noProxyWithLoopback,
} from "../../lib/base/loopback.ts";

const LOOPBACK = [
  "127.0.0.1",
  "127.255.255.254",
  "127.0.0.1.",
  "localhost",
  "LocalHost",
  "localhost.",
  "::1",
  "[::1]",
  "0:0:0:0:0:0:0:1",
  "[0000::0001]",
  "::ffff:127.0.0.1",
  "::FFFF:127.8.9.10",
  "[::ffff:7f00:1]",
];

const ANY = ["0.0.0.0", "::", "[::]", "0:0:0:0:0:0:0:0"];

const OTHER = [
  "",
  "[",
  "[]",
  ".",
  "10.0.0.1",
  "128.0.0.1",
  "127.0.0",
  "127.1",
  "127.0.0.1.com",
  "127.0.0.01",
  "127.0.0.256",
  "127.0.0.1:80",
  "localhost:80",
  "localhost.com",
  "notlocalhost",
  "localhost..",
  "a.localhost",
  "::2",
  "::ffff:10.0.0.1",
  "::ffff:7f:1",
  "::7f00:1",
  "::1%lo",
  "fe80::1",
];

Deno.test("loopback: what only this machine reaches", () => {
  assert.deepEqual([...LOOPBACK, ...ANY, ...OTHER].filter(isLoopback), LOOPBACK);
});

Deno.test("loopback: the address any is this machine too, as a destination", () => {
  const all = [...LOOPBACK, ...ANY, ...OTHER];
  assert.deepEqual(all.filter(isThisMachine), [...LOOPBACK, ...ANY]);
});

Deno.test("loopback: localhost, and the names below it", () => {
  const yes = ["localhost", "LOCALHOST.", "a.localhost", "a.b.Localhost"];
  const no = ["localhost.com", "notlocalhost", ".localhost.com", "127.0.0.1", ""];
  assert.deepEqual([...yes, ...no].filter(isLocalhostName), yes);
});

for (
  const [given, value] of [
    [undefined, "127.0.0.1,localhost,::1"],
    ["", "127.0.0.1,localhost,::1"],
    [" a.example , ::1,", "a.example,::1,127.0.0.1,localhost"],
  ] as const
) {
  Deno.test(`loopback: NO_PROXY ${JSON.stringify(given)} with this machine`, () => {
    assert.equal(noProxyWithLoopback(given), value);
  });
}
