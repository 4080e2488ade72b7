import assert from "node:assert/strict";
import { CHATS } from "../../helpers/streams/chat_streams.ts";
import { fc } from "../../helpers/fast_check.ts";
import { RECORDINGS } from "../../helpers/streams/responses_streams.ts";
import { assertLawful, WireRun } from "../../helpers/streams/wire_run.ts";
import { Failure } from "../../../lib/base/errors.ts";
import type { Wire } from "../../../lib/config/config.ts";

const ALL: { name: string; wire: Wire; bytes: Uint8Array }[] = [
  ...CHATS.map((one) => ({ ...one, wire: "chat" as const })),
  ...RECORDINGS.map((one) => ({ ...one, wire: "responses" as const })),
].filter(({ bytes }) => bytes.length < 60_000);

const BROKE = new Failure("broken_stream", "reset");

Deno.test("replays: any recording cut anywhere, any other behind it, any number of times: one lawful answer", () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const attempt = fc.tuple(fc.constantFrom(...ALL), share);
  fc.assert(
    fc.property(
      fc.array(attempt, { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      fc.boolean(),
      (attempts, codex, completes) => {
        const run = new WireRun(codex);
        let failure: Failure | undefined = BROKE;
        for (const [at, [{ wire, bytes }, where]] of attempts.entries()) {
          const last = completes && at === attempts.length - 1;
          const end = last ? bytes.length : Math.floor(bytes.length * where);
          failure = run.attempt(wire, [bytes.subarray(0, end)]);
          if (run.ledger.ending || failure?.code === "diverged") break;
          run.ledger.recordBreak(failure ?? BROKE);
          if (run.ledger.resume === "complete") break;
        }
        run.end(failure ?? BROKE);
        assert.ok(run.ledger.ending);
        assertLawful(run.events, codex);
      },
    ),
    { numRuns: 600 },
  );
});
