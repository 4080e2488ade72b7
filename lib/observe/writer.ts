/**
 * Writes lines to a stream that may be slow or gone, without ever holding up the program.
 *
 * A terminal that is paused or a pipe nobody reads blocks a synchronous write, and with it every live exchange. So
 * lines queue, and beyond a bound they are dropped and counted instead.
 *
 * @module
 */

/** The end of a pipe, a terminal, a file. */
export interface ByteSink {
  /** Writes some of the bytes and says how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Takes lines without their ends. */
interface LineWriter {
  write(line: string): void;
  /** Resolves when everything taken so far is written, or given up. */
  flush(): Promise<void>;
}

/**
 * A queue of lines before a stream.
 *
 * @param bound lines that may wait @default {4096}
 */
export function lineWriter(target: ByteSink, bound = 4096): LineWriter {
  const encoder = new TextEncoder();
  let waiting: string[] = [];
  let dropped = 0;
  let running: Promise<void> | undefined;
  let gone = false;

  return {
    write(line) {
      if (gone) return;
      if (waiting.length >= bound) dropped++;
      else waiting.push(line);
      running ??= drain();
    },
    flush: () => running ?? Promise.resolve(),
  };

  async function drain(): Promise<void> {
    // Lines of one turn leave together.
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
      // The reader has gone, and there is nowhere to say so. The exchanges go on without a log.
      gone = true;
    }
    running = undefined;
  }

  async function writeAll(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length;) from += await target.write(bytes.subarray(from));
  }
}
