/**
 * A shell in a mount namespace of its own: what it mounts is gone with it and was never seen by anybody else.
 *
 * @module
 */

/** Why there is none here; `undefined` where there is. */
export const noNamespace: string | undefined = await probe();

async function probe(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "mount namespaces are Linux'";
  if (Deno.uid() !== 0) return "needs root";
  try {
    const probe = new Deno.Command("unshare", {
      args: ["--mount", "true"],
      stdout: "null",
      stderr: "null",
    });
    return (await probe.output()).success ? undefined : "unshare is refused here";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "there is no unshare";
    throw error;
  }
}

/**
 * Runs a script of `sh` in one; `$1` and so on are `args`.
 *
 * @returns its exit code and all that it printed
 */
export async function inNamespace(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await new Deno.Command("unshare", {
    args: ["--mount", "--propagation", "private", "sh", "-eu", "-c", script, "sh", ...args],
    env,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, said: text(stdout) + text(stderr) };
}
