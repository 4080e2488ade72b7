import assert from "node:assert/strict";
import { lineWriter } from "../../lib/observe/writer.ts";

/** A stream that takes `most` bytes at a time, and only while its gate is open. */
function slowTarget(most = Infinity) {
  const decoder = new TextDecoder();
  let open = Promise.resolve();
  let release = () => {};
  return {
    text: "",
    close() {
      open = new Promise((resolve) => release = resolve);
    },
    release: () => release(),
    async write(bytes: Uint8Array) {
      await open;
      const taken = bytes.subarray(0, most);
      this.text += decoder.decode(taken, { stream: true });
      return taken.length;
    },
  };
}

Deno.test("writer: lines arrive whole and in order, however few bytes the stream takes", async () => {
  const target = slowTarget(3);
  const writer = lineWriter(target);
  writer.write("eins");
  writer.write("zwei — drei");
  await writer.flush();
  writer.write("vier");
  await writer.flush();
  assert.equal(target.text, "eins\nzwei — drei\nvier\n");
});

Deno.test("writer: a reader that has stopped costs lines, not time, and is told how many", async () => {
  const target = slowTarget();
  target.close();
  const writer = lineWriter(target, 2);
  writer.write("a");
  await Promise.resolve();
  await Promise.resolve();
  for (const line of ["b", "c", "d", "e", "f"]) writer.write(line);
  target.release();
  await writer.flush();
  assert.equal(target.text, "a\nb\nc\n… 3 lines of log dropped: nobody read them\n");
});

Deno.test("writer: a reader that has gone is no error", async () => {
  const write = () => Promise.reject(new Deno.errors.BrokenPipe("gone"));
  const writer = lineWriter({ write });
  writer.write("a");
  await writer.flush();
  writer.write("b");
  await writer.flush();
});
