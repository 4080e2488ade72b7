/**
 * How many client connections fit into the process's limit of open files.
 *
 * @module
 */

/** Descriptors kept for the log, recordings, name look-ups and the runtime itself. */
const RESERVED_DESCRIPTORS = 64;
/** The most connections; also their number where the limit of open files cannot be read. */
const MAX_CONNECTIONS = 16_384;
/** Fewest connections, however few descriptors there are. */
const MIN_CONNECTIONS = 16;

/**
 * The cap on client connections: each may need a second descriptor for its request upstream.
 *
 * @param limit most open files, `undefined` where the system does not say
 */
export function maxConnections(limit: number | undefined): number {
  if (limit === undefined) return MAX_CONNECTIONS;
  const fitting = Math.floor((limit - RESERVED_DESCRIPTORS) / 2);
  return Math.max(MIN_CONNECTIONS, Math.min(MAX_CONNECTIONS, fitting));
}

/** The process's limit of open files; `undefined` on other systems than Linux, and without the permission to read it. */
export function descriptorLimit(): number | undefined {
  try {
    const limits = Deno.readTextFileSync("/proc/self/limits");
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined; // another system, or no permission: the default holds
  }
}
