/**
 * Asks before money is spent: yes or no on a terminal, an error where there is none.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";

/**
 * Resolves with whether the user answered yes; anything else is a no.
 *
 * @throws {Failure} `bad_usage`, where there is no terminal.
 */
export async function confirmSpending(message: string): Promise<boolean> {
  if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) {
    throw new Failure("bad_usage", "This spends money, and there is no terminal to ask on", {
      hint: "Add --yes to go ahead without asking",
    });
  }
  const { confirm } = await import("@clack/prompts");
  return await confirm({ message, initialValue: false }) === true;
}
