/**
 * What an answered request teaches of its upstream, kept and put into sentences for the log, each once.
 *
 * @module
 */

import type { Adaptation } from "../../../translate/refused/adaptations.ts";
import type { Addressee } from "./adapted_upstreams.ts";
import type { Learned } from "./learned.ts";
import type { Route } from "../route.ts";

/** How the answered request differed from the one that was asked for. */
export interface Difference {
  readonly learned: Learned;
  readonly addressee: Addressee;
  readonly adaptations: readonly Adaptation[];
  /** Whether it went to the other wire. */
  readonly onChat: boolean;
}

/** Remembers it. @returns what was not known before, in sentences */
export function learnedFrom(
  { learned, addressee, adaptations, onChat }: Difference,
  { target: { name, title } }: Route,
): string[] {
  const sentences: string[] = [];
  if (onChat && !learned.refuses(name, "responses wire")) {
    learned.record(name, "responses wire");
    sentences.push(`${title} has no /responses: from now on it gets wire: chat`);
  }
  if (adaptations.length === 0) return sentences;
  const how = learned.adaptations.record(addressee, adaptations).map((each) => each.how).join(", ");
  if (how !== "") sentences.push(`From now on requests to ${title} go out ${how}`);
  return sentences;
}
