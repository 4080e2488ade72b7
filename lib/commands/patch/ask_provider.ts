/**
 * The questions of `init` to a person whose Codex has no provider: which one, where it is reached, which variable holds its
 * key. The model is asked afterwards, from the provider's own list, which tries the key.
 *
 * @module
 */

import { isVariableName } from "../../base/secrets/forms.ts";
import { placeOf } from "../../provider/catalog/place.ts";
import { CHOOSABLE, chosenProfile } from "../../provider/choose.ts";
import type { Profile } from "../../provider/profile.ts";
import type { Questions } from "../shared/this_machine.ts";
import type { PatchOptions } from "./patching.ts";

/** The most times that a person is asked for a variable's name. */
const TRIES = 3;

/** The answers, as the command line would bring them; `undefined` where the person chose nothing. */
export async function askProvider(
  options: PatchOptions,
  questions: Questions,
  say: (text: string) => void,
): Promise<PatchOptions | undefined> {
  const question = "Codex has no provider but OpenAI. Which one shall it use?";
  const provider = await questions.choose(question, CHOOSABLE);
  if (provider === undefined) return undefined;
  const profile = chosenProfile(provider);
  const baseUrl = options.baseUrl ?? await askPlace(profile, questions);
  if (baseUrl === undefined) return undefined;
  const usual = options.keyVariable ?? placeOf(profile, baseUrl).keyEnv;
  const keyVariable = usual === undefined ? undefined : await askVariable(usual, questions, say);
  if (usual !== undefined && keyVariable === undefined) return undefined;
  return { ...options, provider, baseUrl, keyVariable };
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
