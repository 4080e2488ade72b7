/**
 * Detects a peer that vanished silently: a cut cable, dropped packets, a machine that lost its power.
 *
 * The kernel's keep-alive is too slow, because the runtime sets only its first delay: nine probes 75 s apart follow,
 * more than eleven minutes (2.9.6), and in 2.7.14 none at all. So after a silence another connection to the same
 * address is opened and closed at once. A peer that answers, even with a refusal, is alive; then only the deadlines of
 * the attempt apply.
 *
 * @module
 */

import { connect } from "node:net";
import type { Clock } from "../../base/clock.ts";
import { codeOf } from "./network_errors.ts";

/** Options of {@link watchPeer}. */
interface PeerWatchOptions {
  readonly clock: Clock;
  /** Where the connection goes: an address, not a name. */
  readonly address: string;
  readonly port: number;
  /** Changes whenever bytes came. */
  readonly received: () => number;
  /** Whether nothing can come because nobody reads. */
  readonly paused: () => boolean;
  /** Called once, when nothing answers at the address any more. */
  readonly onGone: () => void;
}

/** Milliseconds between two looks; a silence of one to two of them leads to a probe. */
const LOOK_MS = 35_000;
/** How long one probe waits for any answer, in milliseconds. */
const PROBE_TIMEOUT_MS = 15_000;
/** Probes without an answer in a row after which the peer counts as dead. */
const PROBES = 2;
/** The errors of a probe that did not arrive. Every other error is an answer, or a problem of this machine. */
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
    cancel = clock.after(LOOK_MS, () => {
      const before = seen;
      seen = received();
      if (seen !== before || paused()) look();
      else probe(PROBES);
    });
  };
  const probe = (left: number) => {
    const socket = connect({ host: address, port });
    const answer = () => {
      if (over) return;
      cancel();
      look();
    };
    socket.once("connect", answer);
    socket.on("error", (error) => {
      // A probe that cannot be sent keeps its full time: a network that changes is back in seconds
      if (!UNREACHED.has(codeOf(error))) answer();
    });
    const end = clock.after(PROBE_TIMEOUT_MS, () => {
      socket.destroy();
      if (received() !== seen) look();
      else if (left > 1) probe(left - 1);
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
