/**
 * `deno task providers`: prints the table of providers for the README, from the rows of `lib/provider/`.
 *
 * @module
 */

import type { Profile } from "../../lib/provider/profile.ts";
import { PROFILES, wireFor } from "../../lib/provider/profiles.ts";

/** The table as Markdown: every row with a host or a port, in the order of help texts. */
export function providersTable(profiles: readonly Profile[] = PROFILES): string {
  const rows = profiles.filter(({ hosts, localPort }) => hosts.length > 0 || localPort).map(line);
  return [
    "| `--provider` | who | where | wire | first model | key |",
    "|---|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function line(profile: Profile): string {
  const { name, title, hosts, localPort, catalog } = profile;
  const where = localPort ? `port ${localPort} of this machine` : hosts.join(", ");
  const model = catalog?.models[0];
  const cells = [
    catalog ? `\`${name}\`` : "",
    title,
    where,
    wires(profile),
    model ? `\`${model.id}\`` : catalog ? "what it lists" : "",
    catalog?.keyEnv ? `\`${catalog.keyEnv}\`` : "",
  ];
  return `| ${cells.join(" | ")} |`;
}

/** The wire at the usual address, and paths that speak another one. */
function wires(profile: Profile): string {
  const { catalog, wire, paths = [] } = profile;
  const usual = catalog ? wireFor(profile, catalog.baseUrl) : wire;
  const others = paths.filter(([, other]) => other !== usual).map(([path, other]) =>
    `${other} at ${path}`
  );
  return [usual, ...others].join(", ");
}

if (import.meta.main) await Deno.stdout.write(new TextEncoder().encode(providersTable()));
