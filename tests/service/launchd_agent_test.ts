import assert from "node:assert/strict";
import { launchdAgent } from "../../lib/service/launchd_agent.ts";
import { readMark } from "../../lib/service/service.ts";
import { fc } from "../helpers/fast_check.ts";
import { xmlTexts } from "../helpers/system/xml_texts.ts";
import { service, text } from "./service.ts";

Deno.test("launchd agent: a whole one", () => {
  assert.equal(
    launchdAgent({
      ...service,
      command: ["/Users/张 三/sidecar", "serve", "--config", "a<&>'\".yaml"],
    }),
    `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Written by codex-sidecar (sidecar init; port 8411) -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>local.codex-sidecar</string>
  <key>ProgramArguments</key>
  <array>
    <string>/Users/张 三/sidecar</string>
    <string>serve</string>
    <string>--config</string>
    <string>a&lt;&amp;&gt;&apos;&quot;.yaml</string>
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>HTTPS_PROXY</key>
    <string>http://127.0.0.1:7890</string>
  </dict>
  <key>WorkingDirectory</key>
  <string>/h</string>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ExitTimeOut</key>
  <integer>90</integer>
  <key>ProcessType</key>
  <string>Interactive</string>
  <key>Umask</key>
  <integer>63</integer>
</dict>
</plist>
`,
  );
});

Deno.test("launchd agent: whatever the paths, arguments and variables, a reader of XML finds what was meant", () => {
  fc.assert(fc.property(
    text,
    fc.array(text),
    fc.dictionary(fc.stringMatching(/^[A-Z_]{1,9}$/), text),
    (program, args, env) => {
      const agent = launchdAgent({ ...service, command: [program, ...args], env });
      assert.deepEqual(xmlTexts(agent, "string"), [
        "local.codex-sidecar",
        program,
        ...args,
        ...Object.values(env),
        "/h",
        "Interactive",
      ]);
      assert.deepEqual(readMark(agent), { by: "sidecar init", port: 8411 });
    },
  ));
});
