/**
 * Plays a script on a connection. The one place where a simulated provider waits.
 *
 * `node:net` and not `Deno.listen`: only its sockets can be reset, and a reset is one of the faults.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { type Clock, sleep, systemClock } from "../base/clock.ts";
import { eof, type Head, head, type Script } from "./script.ts";
import { steadyClock } from "./steady_clock.ts";

/** What a script needs besides the connection. */
export interface PlayContext {
  readonly clock: Clock;
  /** Aborts when the client leaves or the provider stops. */
  readonly signal: AbortSignal;
  /** Resolves when the gate is open; rejects when `signal` aborts. */
  gate(name: string): Promise<void>;
}

/** Bytes gathered before a write. */
const BATCH = 65_536;
/**
 * A reset discards what the client has not read yet, and what was sent must arrive first: milliseconds by the machine's clock,
 * because a network is no faster where a simulation is, in which this process ran, because the client may be part of it.
 */
const ARRIVES_MS = 60;
const arrival = steadyClock(systemClock);

/**
 * Does every step in order and ends the connection.
 *
 * @throws the signal's reason when the client leaves first.
 */
export async function play(socket: Socket, script: Script, context: PlayContext): Promise<void> {
  const encoder = new TextEncoder();
  let pending: Uint8Array[] = [];
  let size = 0;
  let framing: "none" | "chunked" | "close" = "none";
  const put = (bytes: Uint8Array | string) => {
    const piece = typeof bytes === "string" ? encoder.encode(bytes) : bytes;
    pending.push(piece);
    size += piece.length;
  };
  const flush = async () => {
    if (size === 0) return;
    const bytes = Buffer.concat(pending);
    pending = [];
    size = 0;
    if (!socket.write(bytes)) await drained(socket, context.signal);
  };
  for (const step of [...script, eof]) {
    context.signal.throwIfAborted();
    switch (step.do) {
      case "mark":
        break;
      case "head":
        framing = step.framing;
        put(headText(step));
        break;
      case "send": {
        if (framing === "none") {
          framing = "chunked";
          put(headText(head(200)));
        }
        const bytes = typeof step.body === "string" ? encoder.encode(step.body) : step.body;
        if (framing === "close") put(bytes);
        else if (bytes.length > 0) {
          put(`${bytes.length.toString(16)}\r\n`);
          put(bytes);
          put("\r\n");
        }
        if (size >= BATCH) await flush();
        break;
      }
      case "wire":
        put(step.bytes);
        break;
      case "wait":
        await flush();
        await sleep(context.clock, step.ms, context.signal);
        break;
      case "gate":
        await flush();
        await context.gate(step.name);
        break;
      case "eof":
        if (framing === "chunked") put("0\r\n\r\n");
        await flush();
        socket.end();
        return;
      case "cut":
        await flush();
        socket.end();
        return;
      case "reset":
        await flush();
        await sleep(arrival, ARRIVES_MS, context.signal);
        socket.resetAndDestroy();
        return;
      case "hang":
        await flush();
        await aborted(context.signal);
        return;
    }
  }
}

function headText(step: Head): string {
  const lines = Object.entries(step.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  if (step.framing === "chunked") lines.push("transfer-encoding: chunked\r\n");
  return `HTTP/1.1 ${step.status} ${step.status < 400 ? "OK" : "Error"}\r\n${
    lines.join("")
  }connection: close\r\n\r\n`;
}

function drained(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    socket.once("drain", () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
  });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
