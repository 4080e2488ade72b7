/** The page in a real browser, where this machine has one. */

import { deepEqual, equal } from "node:assert/strict";
import { reportPage } from "../../../lib/stress/report/page.ts";
import { BROWSER_FLAGS, browserProgram } from "../../helpers/browser/browser.ts";
import { stressFaults } from "../stress.ts";
import { removeFolder } from "../../helpers/system/temp_folder.ts";

/** The hosts that a browser asks all the same. */
const OWN = /(^|\.)(google|googleapis|gvt1|gstatic)\.com$/;

Deno.test({
  name:
    "report_page: in a browser the charts are drawn, with no error and no request that leaves the page",
  ignore: browserProgram === undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(
      `${folder}/report.html`,
      reportPage(await stressFaults(["none", "bad-key-401"], { turns: 3 })),
    );
    const { stdout, stderr } = await new Deno.Command(browserProgram ?? "", {
      args: [
        ...BROWSER_FLAGS,
        "--enable-logging=stderr",
        `--user-data-dir=${folder}/profile`,
        `--log-net-log=${folder}/net.json`,
        "--dump-dom",
        `file://${folder}/report.html`,
      ],
      stdin: "null",
    }).output();
    const dom = new TextDecoder().decode(stdout);
    const said = new TextDecoder().decode(stderr).split("\n").filter((line) =>
      /CONSOLE/.test(line)
    );
    const net = await Deno.readTextFile(`${folder}/net.json`);
    await removeFolder(folder);
    deepEqual(said, []);
    // Four charts of the good provider, one of the other, each with a canvas that has a size
    equal(dom.match(/<canvas[^>]* width="[1-9]\d+"/g)?.length, 5);
    const asked = [...net.matchAll(/"url":"(https?:\/\/[^"]*)"/g)].map(([, url]) => new URL(url!));
    deepEqual(asked.filter(({ hostname }) => !OWN.test(hostname)).map(String), []);
  },
});
