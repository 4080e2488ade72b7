import assert from "node:assert/strict";
import { Failure } from "../../../lib/base/errors.ts";
import { logFailure } from "../../../lib/commands/serve/log_outputs.ts";
import { stopLog } from "../../../lib/observe/log.ts";
import { removeFolder } from "../../helpers/system/temp_folder.ts";

Deno.test("log outputs: what ended the program stands in the log's file, in one line, without keys", async () => {
  const dir = await Deno.makeTempDir();
  const failure = new Failure("bad_config", "No:\n  sk-A1234567890abcdef is wrong", {
    hint: "Look",
  });
  await logFailure(`${dir}/logs`, failure);
  await logFailure(`${dir}/logs`, new TypeError("a bug"));
  stopLog();
  const text = await Deno.readTextFile(`${dir}/logs/sidecar.log`);
  assert.match(
    text,
    /^[\d-]{10} [\d:]{8} error {3}The sidecar ended: No: +sk-\[redacted\] is wrong\. Look\n.* error {3}The sidecar ended: The sidecar failed: a bug\n$/,
  );
  await removeFolder(dir);
});

Deno.test("log outputs: where the file cannot be had, the end of the program stays what it was", async () => {
  const file = await Deno.makeTempFile();
  await logFailure(`${file}/logs`, new Failure("bad_config", "No"));
  assert.equal(await Deno.readTextFile(file), "");
  await Deno.remove(file);
});
