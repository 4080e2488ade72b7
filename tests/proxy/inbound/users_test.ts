import assert from "node:assert/strict";
import { LocalCounters } from "../../../lib/state/counters.ts";
import { REREAD_MS, Users } from "../../../lib/proxy/inbound/users.ts";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";

Deno.test({
  name: "users: a token in a file is read again, and one that others may read lets nobody in",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const file = await Deno.makeTempFile();
    const clock = new FakeClock();
    const warned: string[] = [];
    try {
      await Deno.writeTextFile(file, "first\n", { mode: 0o600 });
      const users = new Users(
        new Map([["alice", { token: { from: "file", name: file }, models: [] }]]),
        { clock, env: () => undefined, warn: (sentence) => warned.push(sentence) },
      );
      const enter = (token: string) =>
        users.enter(new Headers({ authorization: `Bearer ${token}` }));
      assert.equal(enter("first"), "alice");
      await Deno.writeTextFile(file, "second");
      await clock.advance(REREAD_MS);
      assert.deepEqual([enter("first"), enter("second"), warned], [undefined, "alice", []]);
      await Deno.chmod(file, 0o644);
      await clock.advance(REREAD_MS);
      assert.equal(enter("second"), undefined);
      await clock.advance(REREAD_MS);
      assert.equal(enter("second"), undefined);
      assert.deepEqual(warned, [
        `users.alice cannot come in: the file ${file} can be read by others; make it your own with chmod 600`,
      ]);
    } finally {
      await Deno.remove(file);
    }
  },
});

Deno.test("users: twenty thousand are read, and the last one is known as fast as the first", () => {
  // Where each is compared with each, this takes minutes
  const all = Array.from({ length: 20_000 }, (_, n) => `u${n}`);
  const users = new Users(
    new Map(all.map((name) => [name, { token: { from: "env", name }, models: [] }])),
    { clock: new FakeClock(), env: (name) => `token of ${name}`, warn: assert.fail },
  );
  const known = all.map((name) =>
    users.enter(new Headers({ "x-sidecar-token": `token of ${name}` }))
  );
  assert.deepEqual(known, all);
});

Deno.test("users: a token that somebody else has from now on stays with them, and is said once", async () => {
  const clock = new FakeClock();
  const warned: string[] = [];
  const tokens: Record<string, string> = { A: "first", B: "second", C: "third" };
  const users = new Users(
    new Map(["A", "B", "C"].map((name) => [
      name.toLowerCase(),
      { token: { from: "env", name }, models: [] },
    ])),
    { clock, env: (name) => tokens[name], warn: (one) => warned.push(one), operator: "root" },
  );
  const enter = (token: string) => users.enter(new Headers({ "x-sidecar-token": token }));
  tokens.B = "first";
  tokens.C = "root";
  for (let n = 0; n < 2; n++) {
    await clock.advance(REREAD_MS);
    assert.deepEqual(["first", "second", "third", "root"].map(enter), [
      "a",
      undefined,
      undefined,
      undefined,
    ]);
  }
  assert.deepEqual(warned, [
    "users.b cannot come in: somebody else has the same token",
    "users.c cannot come in: somebody else has the same token",
  ]);
});

Deno.test("counters: a sum belongs to its key, and what is over is forgotten", async () => {
  const clock = new FakeClock();
  const counters = new LocalCounters(clock);
  assert.equal(await counters.add("a:1", 2, 1_000), 2);
  assert.equal(await counters.add("a:1", 3, 1_000), 5);
  assert.equal(await counters.add("b:1", 0, 1_000), 0);
  await clock.advance(1_000);
  await counters.add("a:2", 1, 1_000);
  assert.equal(await counters.add("a:1", 0, 1_000), 0);
});
