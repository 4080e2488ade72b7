/**
 * Every host that no other row lists. It is taken to have a complete Responses endpoint; messages name the host
 * instead of the title.
 *
 * @module
 */

import { GENERIC_CHAT, GROK_MODELS, MISTRAL_MODELS } from "../chat_rules.ts";
import { ALL_TOOLS, provider } from "../defaults.ts";

export const generic = provider({
  name: "generic",
  title: "The provider",
  hosts: [],
  search: "hosted",
  wire: "responses",
  openaiModels: "some",
  responses: ALL_TOOLS,
  chat: { ...GENERIC_CHAT, models: [MISTRAL_MODELS, GROK_MODELS] },
});
