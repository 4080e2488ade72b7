import assert from "node:assert/strict";
import { mergeEdits } from "../../../lib/patch/codex/table_memory.ts";
import {
  keepUnreadable,
  type Manifest,
  readManifest,
  readMemory,
  recordedOrigins,
  writeManifest,
} from "../../../lib/patch/state/manifest.ts";
import type { Edit } from "../../../lib/patch/integration.ts";
import { MemoryDisk } from "../../helpers/settings/memory_disk.ts";

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

Deno.test("manifest: the origins of all relay URLs are recorded with their scheme, each once", () => {
  const relay = (rest: string) => `http://127.0.0.1:8411/r/${rest}`;
  assert.deepEqual(
    recordedOrigins([
      edit({ after: relay("https/a.example/v1") }),
      edit({ after: relay("https/a.example/v2") }),
      edit({ after: relay("http/127.0.0.1:11434") }),
      edit({ after: { name: "x", base_url: relay("https/b.example") } }),
      edit({ after: 3_600_000 }),
      edit({ after: "https://c.example" }),
      edit({}),
    ]),
    ["https://a.example", "http://127.0.0.1:11434", "https://b.example"],
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

const unreadable = [
  "",
  "{",
  "[]",
  "null",
  '{"version":1}',
  '{"version":"2","edits":[]}',
  '{"edits":[]}',
];
for (const text of unreadable) {
  Deno.test(`manifest: ${JSON.stringify(text)} cannot be read, and is reported`, async () => {
    const disk = new MemoryDisk({ [PATH]: text });
    assert.equal(await readManifest(disk, PATH), undefined);
    const { manifest, newer, trouble } = await readMemory(disk, PATH);
    assert.deepEqual({ manifest, newer }, { manifest: undefined, newer: false });
    assert.match(
      trouble?.fullMessage ?? "",
      /^\/s\/manifest\.json cannot be read as a list of changes\. /,
    );
  });
}

Deno.test("manifest: no file is no trouble", async () => {
  assert.deepEqual(await readMemory(new MemoryDisk(), PATH), { manifest: undefined, newer: false });
});

for (const text of ['{"version":2,"edits":[]}', '{"version":2}', '{"version":1.1,"edits":[]}']) {
  Deno.test(`manifest: ${text} is a newer one, and never taken for none`, async () => {
    const disk = new MemoryDisk({ [PATH]: text });
    const { manifest, newer, trouble } = await readMemory(disk, PATH);
    assert.deepEqual({ manifest, newer }, { manifest: undefined, newer: true });
    const says =
      /^\/s\/manifest\.json has version [\d.]+, and this sidecar knows version 1: a newer sidecar wrote it\. Upgrade this sidecar, or use the newer one$/;
    assert.match(trouble?.fullMessage ?? "", says);
    await assert.rejects(readManifest(disk, PATH), trouble);
  });
}

Deno.test("manifest: a file that cannot be read is copied beside itself, once for each content", async () => {
  const disk = new MemoryDisk({ [PATH]: "{" });
  assert.equal(await keepUnreadable(disk, PATH), `${PATH}.unreadable`);
  assert.equal(await keepUnreadable(disk, PATH), `${PATH}.unreadable`);
  disk.put(PATH, "[");
  assert.equal(await keepUnreadable(disk, PATH), `${PATH}.unreadable-2`);
  assert.deepEqual(disk.all(), {
    [PATH]: "[",
    [`${PATH}.unreadable`]: "{",
    [`${PATH}.unreadable-2`]: "[",
  });
  disk.put(PATH, '{"version":1,"edits":[]}');
  assert.equal(await keepUnreadable(disk, PATH), undefined);
});

Deno.test("manifest: entries that are no edits are left out", async () => {
  const text = JSON.stringify({ version: 1, edits: [1, { file: "/f" }, edit({ after: 1 })] });
  const disk = new MemoryDisk({ [PATH]: text });
  assert.deepEqual((await readManifest(disk, PATH))?.edits, [edit({ after: 1 })]);
});
