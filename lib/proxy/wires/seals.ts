/**
 * Which upstream sealed which reasoning, for as long as the process lives: only the one that sealed it can open it, and
 * another refuses the whole request for it (`invalid_encrypted_content`).
 *
 * Its rule: what nobody was seen to seal goes up, because it may be this upstream's own from before a restart. Nothing
 * of a sealed text is kept but its length and its ends, and neither is ever shown.
 *
 * @module
 */

import { filled, isObject, type JsonObject } from "../../base/json.ts";
import type { Stage } from "../../base/stage.ts";
import { isOwnReasoning } from "../../translate/opaque/reasoning_mark.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";

/** Sealed texts that are remembered; the oldest is forgotten first. */
const MOST_SEALS = 8_192;
/** Characters of each end that tell one from another; a seal begins with a random number and ends with a checksum. */
const END = 32;

/** The seals as one upstream sees them. */
export interface UpstreamSeals {
  /** This upstream sealed it. */
  issued(sealed: string): void;
  /** Whether another did, or this one refused it. */
  isForeign(sealed: string): boolean;
}

/** All that is known. */
export class Seals {
  /** The end of a sealed text -> the origin that sealed it; `""` where it was refused. */
  readonly #owners = new Map<string, string>();

  /** @param base the upstream's base URL; two upstreams of one origin open each other's seals */
  of(base: string): UpstreamSeals {
    const { origin } = new URL(base);
    return {
      issued: (sealed) => this.#set(keyOf(sealed), origin),
      isForeign: (sealed) => {
        const owner = this.#owners.get(keyOf(sealed));
        return owner !== undefined && owner !== origin;
      },
    };
  }

  /**
   * The upstream could not open all of what a body holds: none of it goes there again.
   *
   * @param sent the body as it went up
   * @param asked what the client sent; of a body on the other wire it holds what the sidecar itself had wrapped
   */
  refused(sent: JsonObject, asked = sent): void {
    const other = !Array.isArray(sent.input);
    const { input } = other ? asked : sent;
    for (const item of Array.isArray(input) ? input : []) {
      if (!isObject(item) || (other && !isOwnReasoning(item))) continue;
      const sealed = filled(item.encrypted_content);
      if (sealed) this.#set(keyOf(sealed), "");
    }
  }

  #set(key: string, owner: string): void {
    this.#owners.delete(key);
    this.#owners.set(key, owner);
    const [oldest] = this.#owners.keys();
    if (this.#owners.size > MOST_SEALS && oldest !== undefined) this.#owners.delete(oldest);
  }
}

/** Notes the seals of an answer's finished items; every event passes as it is. */
export function noteSeals(seals: UpstreamSeals): Stage<ResponsesEvent, ResponsesEvent> {
  return {
    push(event) {
      const { item } = event.data;
      if (event.type === "response.output_item.done" && isObject(item)) {
        const sealed = filled(item.encrypted_content);
        if (sealed !== undefined) seals.issued(sealed);
      }
      return [event];
    },
    end: () => [],
  };
}

function keyOf(sealed: string): string {
  return `${sealed.length}:${sealed.slice(0, END)}:${sealed.slice(-END)}`;
}
