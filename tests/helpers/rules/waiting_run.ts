/**
 * A sidecar that tells how much memory is in use; run by itself, with `--v8-flags=--expose-gc`. Arguments: the upstream's base, its
 * wire. It prints its port, then the bytes in use for each line that it reads.
 *
 * @module
 */

import { yieldTurn } from "../../../lib/base/clock.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { upstream } from "../proxy/app.ts";
import { lines } from "../codex/codex.ts";
import { sidecarConfig, startSidecar } from "../program/sidecar.ts";

const collect = (globalThis as { gc?: () => void }).gc ?? (() => {});

const say = (text: string) => void Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));

const [base = "", wire] = Deno.args;
const sidecar = startSidecar(sidecarConfig(upstream(base, { wire: wire as Wire })));
say(new URL(sidecar.url).port);
for await (const _ of lines(Deno.stdin.readable)) {
  collect();
  await yieldTurn(); // what was freed may free more
  collect();
  const { heapUsed, external } = Deno.memoryUsage();
  say(`${heapUsed + external}`);
}
await sidecar.stop();
