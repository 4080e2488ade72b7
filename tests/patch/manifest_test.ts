import assert from "node:assert/strict";
import {
  type Manifest,
  mergeEdits,
  readManifest,
  recordedHosts,
  writeManifest,
} from "../../lib/patch/manifest.ts";
import type { Edit } from "../../lib/patch/place.ts";
import { MemoryDisk } from "../helpers/memory_disk.ts";

const PATH = "/s/manifest.json";

function edit(changes: Partial<Edit>): Edit {
  return { place: "codex", file: "/f", key: ["k"], ...changes };
}

const merges: [name: string, old: Edit[], now: Edit[], all: Edit[]][] = [
  ["nothing old", [], [edit({ after: 1 })], [edit({ after: 1 })]],
  ["nothing new", [edit({ after: 1 })], [], [edit({ after: 1 })]],
  [
    "a value changed twice goes back to what it was at first, in its first form",
    [edit({ before: 0, after: 1, source: "0x0" })],
    [edit({ before: 1, after: 2, source: "1" })],
    [edit({ before: 0, after: 2, source: "0x0" })],
  ],
  [
    "a value that was absent at first",
    [edit({ after: 1 })],
    [edit({ before: 1, after: 2, source: "1" })],
    [edit({ after: 2 })],
  ],
  [
    "a value that somebody else wrote in between",
    [edit({ before: 0, after: 1 })],
    [edit({ before: 7, after: 2, source: "7" })],
    [edit({ before: 7, after: 2, source: "7" })],
  ],
  [
    "another file, another place, another key",
    [edit({ after: 1 })],
    [
      edit({ file: "/g", after: 1 }),
      edit({ place: "cc-switch", after: 1 }),
      edit({ key: ["l"], after: 1 }),
    ],
    [
      edit({ after: 1 }),
      edit({ file: "/g", after: 1 }),
      edit({ place: "cc-switch", after: 1 }),
      edit({ key: ["l"], after: 1 }),
    ],
  ],
];
for (const [name, old, now, all] of merges) {
  Deno.test(`manifest: merged: ${name}`, () => assert.deepEqual(mergeEdits(old, now), all));
}

Deno.test("manifest: the hosts of all relay URLs are recorded, each once", () => {
  const relay = (rest: string) => `http://127.0.0.1:8411/r/${rest}`;
  assert.deepEqual(
    recordedHosts([
      edit({ after: relay("https/a.example/v1") }),
      edit({ after: relay("https/a.example/v2") }),
      edit({ after: relay("http/127.0.0.1:11434") }),
      edit({ after: { name: "x", base_url: relay("https/b.example") } }),
      edit({ after: 3_600_000 }),
      edit({ after: "https://c.example" }),
      edit({}),
    ]),
    ["a.example", "127.0.0.1:11434", "b.example"],
  );
});

Deno.test("manifest: what is written is read back; nothing to remember is no file", async () => {
  const disk = new MemoryDisk();
  const manifest: Manifest = {
    version: 1,
    state: "done",
    at: "2026-01-01T00:00:00.000Z",
    port: 8411,
    edits: [edit({ before: "a", after: "b", source: "'a'" })],
  };
  await writeManifest(disk, PATH, manifest);
  assert.deepEqual(await readManifest(disk, PATH), manifest);
  await writeManifest(disk, PATH, undefined);
  assert.deepEqual(disk.all(), {});
  assert.equal(await readManifest(disk, PATH), undefined);
});

for (const text of ["", "{", "[]", '{"version":2,"edits":[]}', '{"version":1}']) {
  Deno.test(`manifest: ${JSON.stringify(text)} counts as no memory`, async () => {
    assert.equal(await readManifest(new MemoryDisk({ [PATH]: text }), PATH), undefined);
  });
}

Deno.test("manifest: entries that are no edits are left out", async () => {
  const text = JSON.stringify({ version: 1, edits: [1, { file: "/f" }, edit({ after: 1 })] });
  const disk = new MemoryDisk({ [PATH]: text });
  assert.deepEqual((await readManifest(disk, PATH))?.edits, [edit({ after: 1 })]);
});
