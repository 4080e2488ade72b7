import assert from "node:assert/strict";
import { asFailure } from "../../lib/base/errors.ts";
import { readMark, refuseUnwritable, type Service, writeMark } from "../../lib/service/service.ts";
import { service } from "./service.ts";

Deno.test("service: a mark is read back, also in UTF-16; a text without one is not ours", () => {
  for (const by of ["sidecar init", "sidecar service install"] as const) {
    const mark = writeMark({ by, port: 9000 });
    assert.deepEqual(readMark(`# ${mark}\n[Unit]`), { by, port: 9000 });
    assert.deepEqual(readMark([...mark].join("\0")), { by, port: 9000 });
  }
  for (
    const text of ["", "[Unit]\nDescription=codex-sidecar", "Written by codex-sidecar (me; port 1)"]
  ) {
    assert.equal(readMark(text), undefined);
  }
});

const refused: [what: string, change: Partial<Service>, named: string][] = [
  ["a line break in the program's path", { command: ["/a\nb"] }, "the path of the program"],
  ["a return in an argument", { command: ["/a", "x\ry"] }, 'the argument "x\\ry"'],
  ["a bell in a variable", { env: { A: "s\u0007ecret" } }, 'the variable "A"'],
  ["a line break in a variable's name", { env: { "A\n": "" } }, 'the name of the variable "A\\n"'],
  ["a next-line character in the home", { home: "/h\u0085" }, "the home folder"],
  [
    "a line separator in the folder of the settings",
    { envFile: "/\u2028" },
    "the folder of the settings",
  ],
  ["half a character", { command: ["/\ud800"] }, "the path of the program"],
  ["a character that is none", { command: ["/\uffff"] }, "the path of the program"],
];
for (const [what, change, named] of refused) {
  Deno.test(`service: ${what} is refused, and no value is told`, () => {
    assert.throws(() => refuseUnwritable({ ...service, ...change }), (error) => {
      const { code, message } = asFailure(error);
      assert.deepEqual([code, message], [
        "bad_config",
        `A service cannot be written: ${named} holds a line break or another control character`,
      ]);
      assert.doesNotMatch(message, /ecret/);
      return true;
    });
  });
}

Deno.test("service: blanks, quotes, signs and other scripts are not refused", () => {
  refuseUnwritable({ ...service, command: ["/a b/%$\"'\\/张三/😀", "<&>"], env: { A: "" } });
});
