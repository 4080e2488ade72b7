/**
 * vLLM on this machine. Facts: docs/facts/providers.md §13.
 *
 * @module
 */

import { localServer } from "./server.ts";

export const vllm = localServer({ name: "vllm", title: "vLLM", port: 8000 });
