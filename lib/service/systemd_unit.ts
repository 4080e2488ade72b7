/**
 * A service as a unit of systemd's user manager.
 *
 * Every line works in a user manager without privileges. Options that need a mount or user namespace (`ProtectSystem`,
 * `PrivateTmp`, …) are left out: some distributions forbid namespaces to users, and then such a unit does not start
 * (systemd.exec(5), "only available … when PrivateUsers= is enabled"). `MemoryDenyWriteExecute` would end V8.
 *
 * @module
 */

import { DESCRIPTION, DRAIN_SECONDS, type Service, writeMark } from "./service.ts";

/** The exit code for bad settings: a restart would change nothing. */
const BAD_SETTINGS = 2;

/** The text of the unit. `refuseUnwritable` must have accepted the service. */
export function systemdUnit(service: Service): string {
  const { env, envFile } = service;
  const [program, ...args] = startable(service.command);
  const line = [systemdWord(program, "program"), ...args.map((word) => systemdWord(word))].join(
    " ",
  );
  const variables = Object.entries(env)
    .map(([name, value]) => `Environment=${systemdWord(`${name}=${value}`, "variable")}\n`);
  return `# ${writeMark(service)}
# "sidecar service install" writes this file anew, "sidecar service uninstall" removes it.
# Lines of your own: systemctl --user edit codex-sidecar

[Unit]
Description=${DESCRIPTION}
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${line}
WorkingDirectory=~
${variables.join("")}EnvironmentFile=-${envFile.replaceAll("%", "%%")}
Restart=on-failure
RestartSec=1
RestartPreventExitStatus=${BAD_SETTINGS}
TimeoutStopSec=${DRAIN_SECONDS}
SyslogIdentifier=codex-sidecar
UMask=0077
NoNewPrivileges=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native

[Install]
WantedBy=default.target
`;
}

/** systemd does not start a program with quotes or backslashes in its path; a shell does, and replaces itself by it. */
function startable(command: Service["command"]): Service["command"] {
  return /["'\\]/.test(command[0]) ? ["/bin/sh", "-c", 'exec "$0" "$@"', ...command] : command;
}

/**
 * One word in quotes, by systemd.syntax(7) and the command lines of systemd.service(5).
 *
 * `%` begins a specifier everywhere. `$` begins a variable in arguments only, not in the program's path and not in an
 * `Environment=` line.
 */
export function systemdWord(
  text: string,
  position: "program" | "argument" | "variable" = "argument",
): string {
  const quoted = text.replace(/[\\"]/g, "\\$&").replaceAll("%", "%%");
  return `"${position === "argument" ? quoted.replaceAll("$", "$$$$") : quoted}"`;
}
