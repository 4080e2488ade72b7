/**
 * Writes lines to a stream that may be slow or closed, without blocking the program.
 *
 * A paused terminal, or a pipe without a reader, blocks a synchronous write and with it every exchange. So lines wait
 * in a queue. Beyond its bound they are dropped and counted.
 *
 * @module
 */

/** A pipe, a terminal or a file. */
export interface ByteSink {
  /** Writes some of the bytes and returns how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Accepts lines without line breaks at their end. */
interface LineWriter {
  write(line: string): void;
  /** Resolves when every accepted line is written or dropped. */
  flush(): Promise<void>;
}

/**
 * Creates a queue of lines in front of a stream.
 *
 * @param bound the most lines that wait @default {4096}
 */
export function lineWriter(target: ByteSink, bound = 4096): LineWriter {
  const encoder = new TextEncoder();
  let waiting: string[] = [];
  let dropped = 0;
  let running: Promise<void> | undefined;
  let closed = false;

  return {
    write(line) {
      if (closed) return;
      if (waiting.length >= bound) dropped++;
      else waiting.push(line);
      running ??= drain();
    },
    flush: () => running ?? Promise.resolve(),
  };

  async function drain(): Promise<void> {
    // Lines of one turn of the event loop are written together.
    await Promise.resolve();
    try {
      while (waiting.length > 0) {
        const lines = waiting;
        waiting = [];
        if (dropped > 0) lines.push(`… ${dropped} lines of log dropped: nobody read them`);
        dropped = 0;
        await writeAll(encoder.encode(lines.join("\n") + "\n"));
      }
    } catch {
      // The reader closed the stream, and no other place for a message exists. The exchanges go on without a log.
      closed = true;
    }
    running = undefined;
  }

  async function writeAll(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length;) from += await target.write(bytes.subarray(from));
  }
}
