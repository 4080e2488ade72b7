/**
 * A service as a task of the Windows Task Scheduler, in its XML of version 1.2.
 *
 * Two triggers. The one at logon names its user: without a `UserId` it is everybody's and needs an administrator
 * (dahall/TaskScheduler#192). The other fires every minute without end, because it has no `Duration`. `RestartOnFailure`
 * covers a failed start, not a killed program (MS-TSCH §2.5.4.2); a trigger, which is ignored while the task runs,
 * restarts any program that ended. So the program is also restarted after bad settings, once a minute.
 *
 * `conhost.exe --headless` gives the program a console without a window, which `Hidden` does not. It does not pass on the
 * exit code (microsoft/terminal#17178).
 *
 * @module
 */

import { DESCRIPTION, type Service, writeMark } from "./service.ts";
import { writeEntities } from "../base/entities.ts";

/** The folder of Windows, and the owner of the task. */
interface WindowsUser {
  /** `%SystemRoot%`: `C:\Windows`. */
  readonly systemRoot: string;
  /** The user's security identifier: `S-1-5-21-…`. */
  readonly sid: string;
}

/** The XML of the task. `refuseUnwritable` must have accepted the service. */
export function windowsTask(service: Service, { systemRoot, sid }: WindowsUser): string {
  const args = ["--headless", ...service.command].map(windowsWord).join(" ");
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Source>${writeEntities(writeMark(service))}</Source>
    <Description>${writeEntities(DESCRIPTION)}</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <UserId>${writeEntities(sid)}</UserId>
    </LogonTrigger>
    <TimeTrigger>
      <Repetition>
        <Interval>PT1M</Interval>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
      <StartBoundary>2026-01-01T00:00:00</StartBoundary>
      <Enabled>true</Enabled>
    </TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>${writeEntities(sid)}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
    <IdleSettings>
      <StopOnIdleEnd>false</StopOnIdleEnd>
      <RestartOnIdle>false</RestartOnIdle>
    </IdleSettings>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <Enabled>true</Enabled>
    <Hidden>false</Hidden>
    <RunOnlyIfIdle>false</RunOnlyIfIdle>
    <WakeToRun>false</WakeToRun>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>5</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${writeEntities(`${systemRoot}\\System32\\conhost.exe`)}</Command>
      <Arguments>${writeEntities(args)}</Arguments>
      <WorkingDirectory>${writeEntities(service.home)}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
`;
}

/** One argument, quoted for `CommandLineToArgvW`: backslashes are doubled only where a quote follows. */
export function windowsWord(text: string): string {
  if (/^[\w.:\\/=-]+$/.test(text)) return text;
  const quoted = text.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, "$&$&");
  return `"${quoted}"`;
}

/** UTF-16, little-endian, with a byte order mark, which `schtasks /create /xml` reads without a guess. */
export function utf16(text: string): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(2 + text.length * 2));
  view.setUint16(0, 0xfeff, true);
  for (let at = 0; at < text.length; at++) view.setUint16(2 + at * 2, text.charCodeAt(at), true);
  return new Uint8Array(view.buffer);
}
