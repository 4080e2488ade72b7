/**
 * Ollama on this machine. Facts: docs/facts/providers.md §13.
 *
 * @module
 */

import { localServer } from "./server.ts";

export const ollama = localServer({ name: "ollama", title: "Ollama", port: 11434 });
