/**
 * The soak's provider: every exchange has a fault of its own, drawn by chance, and all its attempts go through it.
 *
 * @module
 */

import type { Random } from "../../lib/base/clock.ts";
import type { SimulatedAnswer } from "../../lib/simulate/answer.ts";
import { type Fault, fits } from "../../lib/simulate/faults/fault.ts";
import { FAULTS, misbehave } from "../../lib/simulate/faults/faults.ts";
import { goodScript } from "../../lib/simulate/good_script.ts";
import { startProvider } from "../../lib/simulate/provider.ts";
import { json } from "../../lib/simulate/script.ts";

/** One exchange to come. */
export interface Exchange {
  /** The model's name: by it the provider knows the exchange again. */
  readonly model: string;
  /** None: the provider does everything right. */
  readonly fault: Fault | undefined;
  readonly answer: SimulatedAnswer;
}

/** A provider of random faults. */
export interface Faulty {
  readonly url: string;
  next(): Exchange;
  /** It is over; no attempt of it is to come. */
  forget(exchange: Exchange): void;
  stop(): Promise<void>;
}

/** Silences longer than the soak's silence deadline, drops that are not. */
const PACE = { silence: 3_000, drip: 300 };

/** One exchange in so many goes well. */
const WELL = 5;

/** Starts one on a free port. */
export async function startFaulty(random: Random): Promise<Faulty> {
  const faults = [...FAULTS.values()];
  const open = new Map<string, { exchange: Exchange; attempts: number }>();
  let made = 0;
  const provider = await startProvider({
    script(request) {
      const one = open.get(String(request.json?.model));
      if (!one) return json(404, { error: { message: "This exchange is over" } });
      const { fault, answer } = one.exchange;
      return fault ? misbehave(fault, answer, PACE)(request, ++one.attempts) : goodScript(answer);
    },
  });
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.random() * list.length)] as T;
  return {
    url: provider.url,
    next() {
      const model = `soak-${++made}`;
      const answer = answerOf(pick(["responses", "chat"] as const), random);
      const fitting = faults.filter((fault) => fits(fault, answer));
      const fault = random.random() < 1 / WELL ? undefined : pick(fitting);
      const exchange = { model, fault, answer };
      open.set(model, { exchange, attempts: 0 });
      return exchange;
    },
    forget: ({ model }) => void open.delete(model),
    stop: () => provider.stop(),
  };
}

function answerOf(wire: SimulatedAnswer["wire"], random: Random): SimulatedAnswer {
  const words = (count: number) => "soak and settle ".repeat(Math.ceil(random.random() * count));
  const call = { kind: "function", name: "exec_command", arguments: { cmd: words(50) } } as const;
  return {
    wire,
    gap: Math.floor(random.random() * 10),
    ...(random.random() < 0.5 ? { reasoning: words(20) } : {}),
    ...(random.random() < 0.6 ? { text: words(100) } : { calls: [call] }),
  };
}
