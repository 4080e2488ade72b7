/**
 * SGLang on this machine. Facts: docs/facts/providers.md §13.
 *
 * @module
 */

import { localServer } from "./server.ts";

export const sglang = localServer({ name: "sglang", title: "SGLang", port: 30000 });
