import assert from "node:assert/strict";
import { systemDisk } from "../../../lib/patch/disk/system_disk.ts";
import { readMemory } from "../../../lib/patch/state/manifest.ts";
import { sharedFailure, sharedStateFailure } from "../../../lib/patch/state/state_folder.ts";

const ME = 1000;
const rows: [name: string, mode: number, owner: number | undefined, says: RegExp | undefined][] = [
  ["its user's alone", 0o700, ME, undefined],
  ["readable by others", 0o755, ME, undefined],
  ["of the system's", 0o755, 0, undefined],
  ["of nobody known", 0o700, undefined, undefined],
  ["writable by its group", 0o770, ME, /other users of its group \(mode 0770\).*chmod 700 '\/s'/],
  ["writable by others", 0o702, ME, /every user of this machine \(mode 0702\)/],
  ["writable by all", 0o777, ME, /every user of this machine/],
  ["root's and writable by all", 0o777, 0, /every user of this machine/],
  ["somebody else's", 0o700, 1001, /belongs to another user \(number 1001\).*chown 1000 '\/s'/],
];
for (const [name, mode, user, says] of rows) {
  Deno.test(`state_folder: one that is ${name} is ${says ? "refused" : "taken"}`, () => {
    const owner = user === undefined ? {} : { owner: { user, group: user } };
    const facts = { isFile: false, mode, changed: 0, ...owner };
    const failure = sharedFailure("folder", "/s", facts, ME);
    if (says) assert.match(failure?.fullMessage ?? "", says);
    else assert.equal(failure, undefined);
  });
}

Deno.test("state_folder: a path with a quote is a command that can be pasted", () => {
  const facts = { isFile: true, mode: 0o666, changed: 0 };
  const failure = sharedFailure("file", "/it's", facts, ME);
  assert.match(failure?.fullMessage ?? "", /chmod 600 '\/it'\\''s'$/);
});

const ignore = Deno.build.os === "windows";

Deno.test({
  name: "state_folder: on a real disk the folder and the list in it must be their user's alone",
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/manifest.json`;
    await Deno.writeTextFile(file, '{"version":1,"edits":[]}', { mode: 0o600 });
    const seen = [];
    for (const [mode, fileMode] of [[0o700, 0o600], [0o770, 0o600], [0o700, 0o660]] as const) {
      await Deno.chmod(folder, mode);
      await Deno.chmod(file, fileMode);
      const { manifest, shared, trouble } = await readMemory(systemDisk, file);
      seen.push([manifest !== undefined, shared, trouble?.message.replace(folder, "$F")]);
    }
    const nobody = await sharedStateFailure(systemDisk, `${folder}/no`, `${folder}/no/x`);
    const windows = await sharedStateFailure(systemDisk, folder, file, null);
    await Deno.remove(folder, { recursive: true });
    assert.deepEqual(seen, [
      [true, undefined, undefined],
      [false, true, "The folder $F can be written by other users of its group (mode 0770)"],
      [
        false,
        true,
        "The file $F/manifest.json can be written by other users of its group (mode 0660)",
      ],
    ]);
    assert.deepEqual([nobody, windows], [undefined, undefined]);
  },
});
