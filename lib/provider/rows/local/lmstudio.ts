/**
 * LM Studio on this machine. Facts: docs/facts/providers.md §13.
 *
 * @module
 */

import { localServer } from "./server.ts";

export const lmstudio = localServer({ name: "lmstudio", title: "LM Studio", port: 1234 });
