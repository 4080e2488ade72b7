/**
 * All providers, and how to find one: by name in config.yaml, by the host of a base URL.
 *
 * @module
 */

import { isThisMachine } from "../base/loopback.ts";
import type { Wire } from "../config/config.ts";
import { generic } from "./rows/generic.ts";
import { llamacpp } from "./rows/local/llamacpp.ts";
import { lmstudio } from "./rows/local/lmstudio.ts";
import { ollama } from "./rows/local/ollama.ts";
import { sglang } from "./rows/local/sglang.ts";
import { vllm } from "./rows/local/vllm.ts";
import { bailing } from "./rows/makers/bailing.ts";
import { deepseek } from "./rows/makers/deepseek.ts";
import { glm } from "./rows/makers/glm.ts";
import { kimi } from "./rows/makers/kimi.ts";
import { mimo } from "./rows/makers/mimo.ts";
import { minimax } from "./rows/makers/minimax.ts";
import { anthropic } from "./rows/makers/anthropic.ts";
import { openai } from "./rows/makers/openai.ts";
import { qwen } from "./rows/makers/qwen.ts";
import { stepfun } from "./rows/makers/stepfun.ts";
import { ark } from "./rows/resellers/ark.ts";
import { modelscope } from "./rows/resellers/modelscope.ts";
import { nvidia } from "./rows/resellers/nvidia.ts";
import { opencode } from "./rows/resellers/opencode.ts";
import { openrouter } from "./rows/resellers/openrouter.ts";
import { qianfan } from "./rows/resellers/qianfan.ts";
import { siliconflow } from "./rows/resellers/siliconflow.ts";
import { tencent } from "./rows/resellers/tencent.ts";
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
  tencent,
  stepfun,
  qianfan,
  bailing,
  siliconflow,
  modelscope,
  nvidia,
  opencode,
  openrouter,
  ollama,
  lmstudio,
  llamacpp,
  vllm,
  sglang,
  openai,
  anthropic,
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
 * The profile of a base URL: by its host, else by the port of a server on this machine, else {@link GENERIC}.
 *
 * A port is no proof, so a local row says nothing that would harm another server: the Chat wire and no rules of its own.
 */
export function profileFor({ hostname, port, protocol }: URL): Profile {
  const known = findProfile(hostname);
  if (known) return known;
  const local = protocol === "http:" && isThisMachine(hostname)
    ? PROFILES.find(({ localPort }) => localPort !== undefined && `${localPort}` === port)
    : undefined;
  return local ?? GENERIC;
}

/**
 * The wire that `baseUrl` speaks where config.yaml names none.
 *
 * @param baseUrl An absolute URL; one that cannot be parsed counts as having no path.
 */
export function wireFor(profile: Profile, baseUrl: string): Wire {
  const path = URL.canParse(baseUrl) ? `${new URL(baseUrl).pathname.replace(/\/+$/, "")}/` : "/";
  const rule = profile.paths?.find(([start]) => path.startsWith(`${start}/`));
  // `/anthropic`, `/api/anthropic`, `/apps/anthropic`: so at every host that has one (docs/facts/providers.md §15)
  return rule?.[1] ?? (/\/anthropic\/(?:v\d+\/)?$/.test(path) ? "anthropic" : profile.wire);
}
