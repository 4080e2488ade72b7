/** How upstreams are, as `/healthz` and `/metrics` of a running app tell it. */

import assert from "node:assert/strict";
import { sleep } from "../../../lib/base/clock.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { gate, json } from "../../../lib/simulate/script.ts";
import { insertAt } from "../../../lib/simulate/transform_script.ts";
import { type Fleet, withFleet } from "../../helpers/proxy/fleet.ts";

const never = new AbortController().signal;
const good = () => goodScript({ wire: "responses", text: "Yes." });
const HOST = { headers: { host: "127.0.0.1:8411" } };

/** What `/healthz` tells a client at this address. */
async function health({ app }: Fleet, hostname = "127.0.0.1") {
  const url = `http://127.0.0.1:8411/healthz?nonce=${"ab".repeat(32)}`;
  const connection = {
    local: { hostname: "127.0.0.1", port: 8411 },
    remote: { hostname, port: 40_000 },
  };
  const answer = await app.fetch(new Request(url, HOST), connection);
  return (await answer.json()).upstreams;
}

async function keyMetrics({ app }: Fleet): Promise<string[]> {
  const answer = await app.fetch(new Request("http://127.0.0.1:8411/metrics", HOST));
  const text = await answer.text();
  return text.split("\n").filter((line) => /^sidecar_(?:key_|queue_seconds_count)/.test(line))
    .sort();
}

Deno.test("health: who could not answer, who is asked, who waits", () =>
  withFleet(
    {
      a: {
        script: () =>
          json(429, { error: { message: "Used up sk-secret", code: "insufficient_quota" } }, {
            "retry-after": "3600",
          }),
        apiKeyEnv: "A",
        fallback: ["b"],
      },
      b: {
        script: (_, n) => n === 1 ? insertAt(good(), "created", [gate("go")]) : good(),
        apiKeyEnv: "B",
        concurrency: 1,
      },
    },
    async (fleet) => {
      const { ask, providers, clock } = fleet;
      const first = ask({ thread: "t1" });
      while (providers.b!.posts.length === 0) await sleep(clock, 20, never);
      const second = ask({ thread: "t2" });
      await sleep(clock, 1_000, never);
      const told = await health(fleet);
      assert.ok(told[0].opens > 3_500_000 && told[0].opens <= 3_600_000);
      assert.deepEqual({ ...told[0], opens: 0 }, {
        name: "a",
        state: "open",
        opens: 0,
        busy: 0,
        waiting: 0,
      });
      assert.deepEqual(told[1], { name: "b", state: "closed", busy: 1, waiting: 1 });
      assert.equal(await health(fleet, "192.0.2.1"), undefined, "another machine");
      assert.deepEqual(await keyMetrics(fleet), [
        'sidecar_key_busy{key="a"} 0',
        'sidecar_key_busy{key="b"} 1',
        'sidecar_key_state{key="a"} 2',
        'sidecar_key_state{key="b"} 0',
        'sidecar_key_waiting{key="a"} 0',
        'sidecar_key_waiting{key="b"} 1',
      ]);
      providers.b!.open("go");
      await Promise.all([first, second]);
      const after = await keyMetrics(fleet);
      assert.ok(after.includes('sidecar_key_waiting{key="b"} 0'), after.join("\n"));
      assert.ok(after.includes('sidecar_queue_seconds_count{upstream="b"} 1'), after.join("\n"));
      assert.ok(!JSON.stringify([told, after]).includes("sk-"));
    },
    {},
    { A: "sk-a", B: "sk-b" },
  ));
