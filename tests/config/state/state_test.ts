/** `state`: what it takes, where the address is read from, and that no password is shown. */

import assert from "node:assert/strict";
import { Failure } from "../../../lib/base/errors.ts";
import { parseRedisUrl } from "../../../lib/base/state/redis_url.ts";
import type { StateSource } from "../../../lib/config/config.ts";
import { stateAddress } from "../../../lib/config/state/address.ts";
import { loadConfig } from "../../../lib/config/load.ts";

const urls: readonly [string, ReturnType<typeof parseRedisUrl>][] = [
  ["redis://127.0.0.1", { host: "127.0.0.1", port: 6379, db: 0, tls: false }],
  ["redis://localhost:7000/", { host: "localhost", port: 7000, db: 0, tls: false }],
  ["REDISS://valkey.internal/12", { host: "valkey.internal", port: 6379, db: 12, tls: true }],
  ["redis://[::1]:6380/1", { host: "::1", port: 6380, db: 1, tls: false }],
  ["redis://:p%40ss@h", { host: "h", port: 6379, db: 0, tls: false, password: "p@ss" }],
  [
    "rediss://team:secret@h:1/2",
    { host: "h", port: 1, db: 2, tls: true, username: "team", password: "secret" },
  ],
  ["http://h", undefined],
  ["redis:h", undefined],
  ["redis://", undefined],
  ["redis:///1", undefined],
  ["redis://h/one", undefined],
  ["redis://h/1/2", undefined],
  ["redis://h?db=1", undefined],
  ["redis://h#1", undefined],
  ["redis://h:99999", undefined],
  ["redis://:%zz@h", undefined],
  ["redis://a b", undefined],
  ["redis://h_{x}", undefined],
];
for (const [url, address] of urls) {
  Deno.test(`state: the URL ${url} is ${address ? "read" : "refused"}`, () => {
    assert.deepEqual(parseRedisUrl(url), address);
  });
}

async function load(state: string): Promise<StateSource | string> {
  try {
    const config = await loadConfig({
      file: "c.yaml",
      env: {},
      flags: {},
      readFile: () => Promise.resolve(`state: ${JSON.stringify(state)}`),
    });
    return config.state ?? { from: "memory" };
  } catch (error) {
    assert.ok(error instanceof Failure);
    return error.message;
  }
}

Deno.test("state: memory, a URL, or where the URL stands", async () => {
  assert.deepEqual(await load("memory"), { from: "memory" });
  assert.deepEqual(await load("redis://h"), { from: "url", url: "redis://h" });
  assert.deepEqual(await load("env:REDIS_URL"), { from: "env", name: "REDIS_URL" });
  assert.deepEqual(await load("file:/run/secrets/redis"), {
    from: "file",
    name: "/run/secrets/redis",
  });
});

Deno.test("state: what is none of these is refused, and shown only where it is a word", async () => {
  assert.match(String(await load("redis")), /state is "redis", but takes memory, redis:\/\/host/);
  for (const written of ["redis://:hunter22@h/x", "hunter22@h:6379", "redis//:hunter22@h"]) {
    const said = String(await load(written));
    assert.match(said, /state takes memory, .*; what was written is not shown/);
    assert.doesNotMatch(said, /hunter22/);
  }
});

Deno.test("state: a variable that is not set or holds something else is a mistake, told without its value", () => {
  const env = (name: string) =>
    ({ URL_1: " redis://:hunter22@h ", URL_2: "http://:hunter22@h" })[name];
  const at = (name: string) => stateAddress({ from: "env", name }, env);
  assert.equal(stateAddress({ from: "memory" }, env), undefined);
  assert.equal(at("URL_1")?.password, "hunter22");
  for (
    const [name, says] of [
      ["URL_2", /^URL_2 holds no redis:\/\/ or rediss:\/\/ URL/],
      ["URL_3", /^The setting state cannot be used: environment variable URL_3 is not set/],
    ] as const
  ) {
    assert.throws(() => at(name), (error: Failure) => {
      assert.equal(error.code, "bad_config");
      assert.match(error.message, says);
      assert.doesNotMatch(error.fullMessage, /hunter22/);
      return true;
    });
  }
});
