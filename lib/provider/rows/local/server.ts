/**
 * What the servers of models on one's own machine have in common: no key, no host, Chat Completions, and a list of models
 * that only they know.
 *
 * @module
 */

import { GENERIC_CHAT, MISTRAL_MODELS } from "../../chat_rules.ts";
import { provider } from "../../defaults.ts";
import type { Profile } from "../../profile.ts";

interface LocalServer {
  readonly name: string;
  readonly title: string;
  /** Where it listens by default. */
  readonly port: number;
}

/** The row of a server that is found by its port on this machine. Facts: docs/facts/providers.md §13. */
export function localServer({ name, title, port }: LocalServer): Profile {
  return provider({
    name,
    title,
    hosts: [],
    localPort: port,
    wire: "chat",
    catalog: { baseUrl: `http://127.0.0.1:${port}/v1`, models: [] },
    chat: { ...GENERIC_CHAT, models: [MISTRAL_MODELS] },
  });
}
