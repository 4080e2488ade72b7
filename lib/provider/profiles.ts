/**
 * All providers, and how to find one: by name in config.yaml, by the host of a base URL.
 *
 * @module
 */

import type { Wire } from "../config/config.ts";
import { ark } from "./rows/ark.ts";
import { deepseek } from "./rows/deepseek.ts";
import { generic } from "./rows/generic.ts";
import { glm } from "./rows/glm.ts";
import { kimi } from "./rows/kimi.ts";
import { mimo } from "./rows/mimo.ts";
import { minimax } from "./rows/minimax.ts";
import { openai } from "./rows/openai.ts";
import { openrouter } from "./rows/openrouter.ts";
import { qwen } from "./rows/qwen.ts";
import type { Profile } from "./profile.ts";

/** Every profile, in the order in which help texts name them; `generic` is last. */
export const PROFILES: readonly Profile[] = [
  mimo,
  deepseek,
  kimi,
  glm,
  qwen,
  minimax,
  ark,
  openrouter,
  openai,
  generic,
];

/** The profile for hosts that no other profile lists. */
export const GENERIC: Profile = generic;

/** The profile called `name` in config.yaml, or `undefined`. */
export function profileNamed(name: string): Profile | undefined {
  return PROFILES.find((profile) => profile.name === name);
}

/**
 * The profile that lists `host`, or `undefined` where none does. The caller decides whether to use {@link GENERIC}.
 *
 * @param host A host name without a port, any case, with or without the root's trailing dot.
 */
export function findProfile(host: string): Profile | undefined {
  const name = host.toLowerCase().replace(/\.$/, "");
  return PROFILES.find((profile) => profile.hosts.includes(name));
}

/**
 * The wire that `baseUrl` speaks where config.yaml names none.
 *
 * @param baseUrl An absolute URL; one that cannot be parsed counts as having no path.
 */
export function wireFor(profile: Profile, baseUrl: string): Wire {
  const path = URL.canParse(baseUrl) ? `${new URL(baseUrl).pathname.replace(/\/+$/, "")}/` : "/";
  const rule = profile.paths?.find(([start]) => path.startsWith(`${start}/`));
  return rule?.[1] ?? profile.wire;
}
