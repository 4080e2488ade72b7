/**
 * Real shells that complete a line: what they would offer on TAB, told by the shell itself.
 *
 * @module
 */

import { removeFolder } from "./temp_folder.ts";

/** A shell that can be asked. */
export type Shell = "bash" | "zsh" | "fish";

/** Whether it is on this machine. */
export async function hasShell(shell: Shell): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(shell, { args: ["-c", "true"], stdin: "null" })
      .output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * What the shell offers at the end of each line, sorted, each once.
 *
 * bash and fish say whole words; zsh says a path's last part.
 *
 * @param script is loaded first; the program is `sidecar`
 * @throws where a file called PWNED came into being: something was evaluated that should have been a text
 */
export async function offers(
  shell: Shell,
  script: string,
  lines: readonly string[],
): Promise<string[][]> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/script`, script);
    const found = await ASK[shell](folder, lines);
    for await (const { name } of Deno.readDir(folder)) {
      if (name === "PWNED") throw new Error(`${shell} evaluated what was typed or described`);
    }
    return found.map((words) => [...new Set(words)].sort());
  } finally {
    await removeFolder(folder);
  }
}

const ASK: Record<Shell, (folder: string, lines: readonly string[]) => Promise<string[][]>> = {
  /** Readline itself writes every completion into the line, and the program prints the words it is run with. */
  async bash(folder, lines) {
    const input = [
      `bind '"\\t": insert-completions'; source ${folder}/script; sidecar() { printf '<%s>' "$@"; echo; }`,
      ...lines.map((line) => `${line}\t`),
      "",
    ];
    const out = await runIn(folder, "bash", ["--norc", "--noprofile", "-i"], input.join("\n"));
    const printed = out.split("\n").filter((line) => line.startsWith("<"));
    return lines.map((line, at) => {
      const words = [...(printed[at] ?? "").matchAll(/<(.*?)>/g)].map(([, word = ""]) => word);
      const typed = line.split(" ").length - 2;
      // bash completes what stands behind = alone
      const word = line.slice(line.lastIndexOf(" ") + 1);
      const head = /^--[\w-]+=/.exec(word)?.[0] ?? "";
      const offered = words.slice(typed).map((one) =>
        one.startsWith(head) ? one.slice(head.length) : one
      );
      return offered.length === 1 && offered[0] === word.slice(head.length) ? [] : offered;
    });
  },

  /** A terminal of its own for each line; what goes to `compadd` is printed. */
  async zsh(folder, lines) {
    await Deno.writeTextFile(
      `${folder}/inside`,
      `autoload -Uz compinit && compinit -u -C -d ${folder}/dump
source ${folder}/script
bindkey '^I' complete-word
compadd() {
  if (( \${argv[(I)-[OAD]]} )); then builtin compadd "$@"; return; fi
  local -a offered
  builtin compadd -O offered "$@"
  (( $#offered )) && print -rl -- "OFFER "$^offered
  builtin compadd "$@"
}
over() { print OVER }
comppostfuncs=(over)
`,
    );
    await Deno.writeTextFile(
      `${folder}/drive`,
      `zmodload zsh/zpty
while IFS= read -r line; do
  zpty inner zsh -f -i
  zpty -w inner "source ${folder}/inside; print RE''ADY"
  zpty -r -m inner seen '*READY*'
  zpty -w -n inner "$line"$'\\t'
  zpty -r -m inner seen '*OVER*'
  print -r -- "$seen"
  print LINE-ENDS
  zpty -d inner
done
`,
    );
    const out = await runIn(folder, "zsh", ["-f", `${folder}/drive`], `${lines.join("\n")}\n`);
    return out.split("LINE-ENDS").slice(0, lines.length).map((part) =>
      [...part.matchAll(/OFFER (.*?)\r?\n/g)].map(([, word = ""]) => word)
    );
  },

  async fish(folder, lines) {
    const quoted = lines.map((line) => `'${line.replace(/[\\']/g, "\\$&")}'`);
    const code = `source ${folder}/script
for line in ${quoted.join(" ")}
  complete -C $line
  echo LINE-ENDS
end`;
    const out = await runIn(folder, "fish", ["--no-config", "-c", code], "");
    return out.split("LINE-ENDS\n").slice(0, lines.length).map((part) =>
      part.split("\n").filter(Boolean).map((row) => row.split("\t")[0] ?? "")
    );
  },
};

async function runIn(
  folder: string,
  shell: Shell,
  args: readonly string[],
  input: string,
): Promise<string> {
  const child = new Deno.Command(shell, {
    args: [...args],
    cwd: folder,
    env: { HOME: folder, PS1: "", TERM: "dumb", HISTFILE: "" },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    signal: AbortSignal.timeout(120_000),
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  return new TextDecoder().decode((await child.output()).stdout);
}
