/**
 * Notices a peer that vanished without a word: a cut cable, a dropped packet, a machine that lost its power.
 *
 * The kernel's keep-alive would, were it not that the runtime sets its first delay alone: nine questions 75 s apart
 * follow, more than eleven minutes (2.9.6), and in 2.7.14 none at all. So where nothing came for a while, another
 * connection is opened to the same address and closed at once. Whatever answers, even by a refusal, is there: then the
 * deadlines of the attempt rule alone.
 *
 * @module
 */

import { connect } from "node:net";
import type { Clock } from "../../base/clock.ts";
import { codeOf } from "./network_errors.ts";

/** Options of {@link watchPeer}. */
export interface PeerWatchOptions {
  readonly clock: Clock;
  /** Where the connection goes: an address, not a name. */
  readonly address: string;
  readonly port: number;
  /** Changes whenever bytes came. */
  readonly received: () => number;
  /** Whether nothing can come because nobody reads. */
  readonly paused: () => boolean;
  /** Called once: nobody answers at the address any more. */
  readonly onGone: () => void;
}

/** Milliseconds between two looks; a silence of one to two of them leads to a question. */
const LOOK = 35_000;
/** How long one question waits for any answer, in milliseconds. */
const ANSWER = 15_000;
/** Questions without an answer in a row. */
const QUESTIONS = 2;
/** What says that a question did not arrive; every other error was an answer, or is a trouble of our own. */
const UNREACHED: ReadonlySet<string> = new Set([
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
]);

/** Starts watching; the returned function ends it. */
export function watchPeer(options: PeerWatchOptions): () => void {
  const { clock, address, port, received, paused, onGone } = options;
  let over = false;
  let cancel = () => {};
  let seen = received();
  const look = () => {
    cancel = clock.after(LOOK, () => {
      const before = seen;
      seen = received();
      if (seen !== before || paused()) look();
      else ask(QUESTIONS);
    });
  };
  const ask = (left: number) => {
    const socket = connect({ host: address, port });
    const answer = () => {
      if (over) return;
      cancel();
      look();
    };
    socket.once("connect", answer);
    socket.on("error", (error) => {
      // One that cannot even leave takes its whole time all the same: a network that changes is back in seconds
      if (!UNREACHED.has(codeOf(error))) answer();
    });
    const end = clock.after(ANSWER, () => {
      socket.destroy();
      if (received() !== seen) look();
      else if (left > 1) ask(left - 1);
      else onGone();
    });
    cancel = () => {
      end();
      socket.destroy();
    };
  };
  look();
  return () => {
    over = true;
    cancel();
  };
}
