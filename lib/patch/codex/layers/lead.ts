/**
 * Where Codex's provider leads under some layers of its settings, and whether the sidecar can stand for it. Pure.
 *
 * @module
 */

import type { Fronts } from "../../../base/front_proxies.ts";
import { isThisMachine } from "../../../base/loopback.ts";
import { type Effective, effectiveProvider, type Layer, type Placed } from "./layers.ts";
import { type Left, routeFor } from "../toml.ts";
import { fromRelay } from "../../relay_url.ts";

/** A URL that the sidecar can stand for. */
export interface Lead {
  readonly id: string;
  /** The URL as it stands, and the layer that sets it. */
  readonly placed: Placed<string>;
  readonly key: readonly string[];
  /** The upstream's own URL. */
  readonly url: string;
  /** Its relay URL. */
  readonly relay: string;
}

/** What {@link leadOf} goes by. */
export interface LeadFacts {
  readonly port: number;
  readonly fronts: Fronts;
  /** Whether `auth.json` is a ChatGPT login. */
  readonly login: boolean;
  /** Whether `auth.json` holds what cc-switch's proxy writes in place of a key. */
  readonly taken: boolean;
}

/** What cc-switch's proxy writes in place of a key while it controls a config.toml. */
export const PROXY_MARKER = "PROXY_MANAGED";

/** Where the provider in use leads, or why it is left alone. */
export function leadOf(layers: readonly Layer[], facts: LeadFacts): Lead | Left {
  const found = effectiveProvider(layers);
  const { id, table, url, key } = found;
  const name = id?.value ?? "openai";
  const outside = id?.layer.kind === "managed" || id?.layer.kind === "system";
  const by = id && outside ? { by: id.layer.name } : {};
  if (key.length > 1 && !table) return { is: "built_in", id: name, ...by };
  if (!url) {
    if (key.length > 1) return { is: "no_url", id: name };
    return id ? { is: "built_in", id: name, ...by } : { is: "no_provider" };
  }
  const shown = key.length > 1 ? name : key.join(".");
  const route = routeFor(url.value, shown, facts.port, facts.fronts);
  if ("is" in route) return route;
  if (takenOver(found, url.value, facts)) return { is: "front_proxy", id: shown, who: "cc-switch" };
  const loginSent = key.length > 1
    ? table?.requires_openai_auth === true && !table.env_key && !table.experimental_bearer_token
    : true;
  if (loginSent && facts.login) return { is: "login", id: shown };
  const through = fromRelay(url.value)?.port === facts.port;
  if (url.layer.kind === "managed" && !through) {
    return { is: "managed", id: shown, where: url.layer.name, url: route.url };
  }
  return { id: shown, placed: url, key, ...route };
}

/** Whether cc-switch's own proxy holds this provider, whatever its port. */
function takenOver({ table }: Effective, url: string, { taken }: LeadFacts): boolean {
  const host = URL.parse(url)?.hostname;
  if (host === undefined || !isThisMachine(host) || fromRelay(url)) return false;
  return table?.experimental_bearer_token === PROXY_MARKER ||
    (taken && table?.experimental_bearer_token === undefined);
}
