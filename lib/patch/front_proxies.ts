/**
 * Programs that listen on a port of their own between Codex and the sidecar (docs/facts/switchers.md).
 *
 * @module
 */

/** One front proxy. */
export interface FrontProxy {
  readonly port: number;
  /** The program that runs it. */
  readonly program: string;
  /** What it is called in a sentence. */
  readonly title: string;
}

/** The proxy that cc-switch runs for its failover. */
export const CC_SWITCH_PROXY: FrontProxy = {
  port: 15_721,
  program: "cc-switch",
  title: "cc-switch's own proxy",
};

/** The proxy that Codex++ runs to convert dialects. */
export const CODEX_PLUS_PROXY: FrontProxy = {
  port: 57_321,
  program: "Codex++",
  title: "Codex++'s helper",
};

/** All of them. */
export const FRONT_PROXIES: readonly FrontProxy[] = [CC_SWITCH_PROXY, CODEX_PLUS_PROXY];
