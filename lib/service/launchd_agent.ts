/**
 * A service as an agent of launchd, by launchd.plist(5).
 *
 * launchd has no exit code that stops the restarts: after bad settings it starts the program again every ten seconds,
 * its minimum between two starts. A program that ran longer is restarted at once. Its output is dropped, because
 * launchd would append to one file without bound; the sidecar's own log rotates.
 *
 * @module
 */

import { DRAIN_SECONDS, type Service, writeMark } from "./service.ts";
import { writeEntities } from "../base/entities.ts";

/** The label of the agent; its file has the same name. */
export const LABEL = "local.codex-sidecar";

/** The text of the property list. `refuseUnwritable` must have accepted the service. */
export function launchdAgent(service: Service): string {
  const { command, env, home } = service;
  const string = (text: string) => `<string>${writeEntities(text)}</string>`;
  const args = command.map((arg) => `    ${string(arg)}\n`).join("");
  const variables = Object.entries(env)
    .map(([name, value]) => `    <key>${writeEntities(name)}</key>\n    ${string(value)}\n`).join(
      "",
    );
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ${writeMark(service)} -->
<plist version="1.0">
<dict>
  <key>Label</key>
  ${string(LABEL)}
  <key>ProgramArguments</key>
  <array>
${args}  </array>
  <key>EnvironmentVariables</key>
  <dict>
${variables}  </dict>
  <key>WorkingDirectory</key>
  ${string(home)}
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ExitTimeOut</key>
  <integer>${DRAIN_SECONDS}</integer>
  <key>ProcessType</key>
  <string>Interactive</string>
  <key>Umask</key>
  <integer>63</integer>
</dict>
</plist>
`;
}
