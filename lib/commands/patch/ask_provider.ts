/**
 * The questions of `init` to a person whose Codex has no provider: which one, where it is reached, which variable holds its
 * key. The model is asked afterwards, from the provider's own list, which tries the key.
 *
 * @module
 */

import { isLoopback } from "../../base/loopback.ts";
import { isVariableName } from "../../base/secrets/forms.ts";
import { placeOf } from "../../provider/catalog/place.ts";
import { CHOOSABLE, chosenProfile } from "../../provider/choose.ts";
import type { Profile } from "../../provider/profile.ts";
import type { Machine, Questions } from "../shared/this_machine.ts";
import type { PatchOptions } from "./patching.ts";

/** The most times that a person is asked for a variable's name. */
const TRIES = 3;

/** The answers, as the command line would bring them; `undefined` where the person chose nothing. */
export async function askProvider(
  options: PatchOptions,
  questions: Questions,
  { listening, terminal: { out: say } }: Pick<Machine, "listening" | "terminal">,
): Promise<PatchOptions | undefined> {
  const question = "Codex has no provider but OpenAI. Which one shall it use?";
  const offered = await offeredProviders(listening);
  const chosen = await questions.choose(question, [...offered.keys()]);
  const provider = chosen === undefined ? undefined : offered.get(chosen);
  if (provider === undefined) return undefined;
  const profile = chosenProfile(provider);
  const baseUrl = options.baseUrl ?? await askPlace(profile, questions);
  if (baseUrl === undefined) return undefined;
  const usual = options.keyVariable ?? placeOf(profile, baseUrl).keyEnv;
  const keyVariable = usual === undefined ? undefined : await askVariable(usual, questions, say);
  if (usual !== undefined && keyVariable === undefined) return undefined;
  return { ...options, provider, baseUrl, keyVariable };
}

/** The providers by what a person reads: servers of this machine first whose port is open. */
async function offeredProviders(
  listening: Machine["listening"],
): Promise<ReadonlyMap<string, string>> {
  const entries = await Promise.all(CHOOSABLE.map(async (name) => {
    const port = localPort(chosenProfile(name));
    const open = port !== undefined && await listening(port);
    return { name, open, label: open ? `${name} (port ${port} of this machine is open)` : name };
  }));
  const sorted = [...entries.filter(({ open }) => open), ...entries.filter(({ open }) => !open)];
  return new Map(sorted.map(({ name, label }) => [label, name]));
}

/** The port of a server on this machine; `undefined` for a provider anywhere else. */
function localPort({ catalog }: Profile): number | undefined {
  const url = URL.parse(catalog?.baseUrl ?? "");
  return url && isLoopback(url.hostname) ? Number(url.port) || undefined : undefined;
}

/** The provider's address: a region, a plan; not asked where it has one. */
async function askPlace(
  { title, catalog }: Profile,
  questions: Questions,
): Promise<string | undefined> {
  const usual = catalog?.baseUrl ?? "";
  const regions = catalog?.regions ?? [];
  if (regions.length === 0) return usual;
  const places = new Map([
    [placeLabel("pay as you go", usual), usual],
    ...regions.map((one) => [placeLabel(one.title, one.baseUrl), one.baseUrl] as const),
  ]);
  const chosen = await questions.choose(`Which ${title}: region and plan?`, [...places.keys()]);
  return chosen === undefined ? undefined : places.get(chosen);
}

/** `token plan, China: token-plan-cn.example.com/v1` */
function placeLabel(title: string, url: string): string {
  return `${title}: ${url.replace(/^https?:\/\//, "")}`;
}

async function askVariable(
  usual: string,
  questions: Questions,
  say: (text: string) => void,
): Promise<string | undefined> {
  for (let at = 0; at < TRIES; at++) {
    const name = await questions.text(
      "Which variable holds the key (its name, not the key)?",
      usual,
    );
    if (name === undefined || isVariableName(name)) return name;
    // What was typed may be the key itself: it is not repeated
    say(`That is no variable's name; such as ${usual}.\n`);
  }
  return undefined;
}
