/**
 * llama.cpp on this machine. Facts: docs/facts/providers.md §13.
 *
 * @module
 */

import { localServer } from "./server.ts";

export const llamacpp = localServer({ name: "llamacpp", title: "llama.cpp", port: 8080 });
