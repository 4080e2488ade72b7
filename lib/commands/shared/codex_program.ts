/**
 * The Codex that is installed here, asked whether it loads a configuration: `codex features list`, which reads the
 * settings, writes nothing and asks nobody (docs/facts/codex.md §1.2).
 *
 * @module
 */

import { cleanLine } from "../../base/clean.ts";
import { systemClock } from "../../base/clock.ts";
import { maskSecrets } from "../../base/secrets/secrets.ts";
import type { AskCodex, CodexVerdict } from "../../patch/codex/loads.ts";

/** How long Codex may take, in milliseconds; it was seen to take 30 to 70 (docs/facts/codex.md §1.2). */
const TIMEOUT_MS = 5_000;
/** The most of its reason that is shown, in characters. */
const SHOWN = 300;

/** Asks it. @param env of the user, whose PATH finds it */
export function askCodex(env: Readonly<Record<string, string | undefined>>): AskCodex {
  return async (home) => {
    if (typeof home === "string") return await features(env, home);
    // Texts with keys: the folder is its owner's alone, and goes at once
    const dir = await Deno.makeTempDir({ prefix: "sidecar-codex-" });
    try {
      for (const [name, text] of Object.entries(home)) {
        await Deno.writeTextFile(`${dir}/${name}`, text, { mode: 0o600 });
      }
      return await features(env, dir);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  };
}

async function features(
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): Promise<CodexVerdict | undefined> {
  const words = ["features", "list"];
  const [program, args] = Deno.build.os === "windows"
    ? ["cmd", ["/c", "codex", ...words]] // npm installs a .cmd there
    : ["codex", words];
  const late = new AbortController();
  const cancel = systemClock.after(TIMEOUT_MS, () => late.abort());
  try {
    const { success, code, stdout, stderr } = await new Deno.Command(program, {
      args,
      // Windows looks into the working folder before the PATH
      cwd: home,
      env: { ...env.PATH && { PATH: env.PATH }, CODEX_HOME: home },
      stdin: "null",
      signal: late.signal,
    }).output();
    if (late.signal.aborted) return undefined;
    if (success) return { loads: true, why: "" };
    const said = new TextDecoder().decode(stderr) || new TextDecoder().decode(stdout);
    // A version without that command, and an installation that does not run, say nothing of the settings
    if (UNKNOWN.test(said) || SILENT.includes(code)) return undefined;
    return { loads: false, why: reason(said) };
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  } finally {
    cancel();
  }
}

const UNKNOWN =
  /unrecognized subcommand|unexpected argument|is not recognized as an internal|Usage: codex|not a terminal|Missing optional dependency|ENOENT|Cannot find module/i;
/** A parser's code for wrong usage; a shell's for a program that cannot be run, and for one that is not there. */
const SILENT = [2, 126, 127];

/** Codex's own reason: what it names as the cause, else its error, without keys and paths of our folder. */
function reason(said: string): string {
  const lines = said.split("\n").map((line) => line.trim()).filter((line) =>
    line !== "" && !line.startsWith("WARNING:")
  );
  const cause = lines.indexOf("Caused by:");
  const from = cause < 0 ? lines.findIndex((line) => /^Error\b/.test(line)) : cause + 1;
  const text = lines.slice(Math.max(0, from), Math.max(0, from) + 3).join(" ")
    .replaceAll(/\S*sidecar-codex-\w+[\\/]/g, "");
  return cleanLine(maskSecrets(text || "it ended with an error and no reason"), SHOWN);
}
