/**
 * Every host that no other row lists. It is taken to have a complete Responses endpoint; messages name the host
 * instead of the title.
 *
 * @module
 */

import { ALL_TOOLS, provider } from "../defaults.ts";

export const generic = provider({
  name: "generic",
  title: "The provider",
  hosts: [],
  wire: "responses",
  responses: ALL_TOOLS,
});
