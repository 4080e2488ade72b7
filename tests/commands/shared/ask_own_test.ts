import assert from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import { askOwn } from "../../../lib/commands/shared/ask_own.ts";
import { MemoryDisk } from "../../helpers/settings/memory_disk.ts";
import { serve } from "../../helpers/peers/sockets.ts";

const TEAM = "users: { alice: { token: env:ALICE } }\n";

Deno.test("ask own: a gateway that would refuse its pages is not asked, as its health check asks every 30 s", async () => {
  const cases: [yaml: string, asked: boolean][] = [
    ["", true],
    [TEAM, true],
    [`${TEAM}listen: { host: 0.0.0.0 }\n`, false],
    [`${TEAM}listen: { host: 0.0.0.0, token: root-token-1 }\n`, true],
  ];
  for (const [yaml, asked] of cases) {
    let times = 0;
    await using sidecar = serve(() => (times++, Response.json({ live: [] })));
    const disk = new MemoryDisk({ "/h/.config/codex-sidecar/config.yaml": yaml });
    const machine = { env: { HOME: "/h" }, system: "linux", disk, clock: systemClock } as const;
    const answer = askOwn(machine)(sidecar.port, "live");
    if (asked) assert.deepEqual(await answer, { live: [] });
    else await assert.rejects(answer, /operator alone/);
    assert.equal(times, asked ? 1 : 0, yaml);
  }
});
