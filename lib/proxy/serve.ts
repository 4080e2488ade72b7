/**
 * Serves one proxied request in two steps: receive it (`receive.ts`), then answer it by an exchange or pass it through.
 *
 * Everything that cannot be served is thrown as a {@link Failure} before anything goes upstream.
 *
 * @module
 */

import type { JsonObject } from "../base/json.ts";
import { parseAddress, prefixOf } from "./inbound/address.ts";
import { readObject } from "./inbound/body.ts";
import type { Call, Exchanged } from "./call.ts";
import { codexTraits } from "./codex_version.ts";
import { callStandIn } from "./helpers/stand_in.ts";
import type { Aim } from "./route/aim.ts";
import type { RequestIds } from "./request_ids.ts";
import type { Failover } from "./failover/failover.ts";
import { receive, type Received, type ReceiveDeps } from "./receive.ts";
import type { Live } from "./health/live.ts";
import { passThrough } from "./passthrough/passthrough.ts";
import { routeTo } from "./route/route.ts";
import { statusForm } from "./status/status_client.ts";
import { endpointOf } from "./endpoints/endpoints.ts";
import { explainNoSuchModel } from "./endpoints/no_such_model.ts";
import { answerSearch, SEARCH_PATH } from "./search/endpoint.ts";
import type { WebSearch } from "./search/search.ts";
import type { Allowance } from "./inbound/allowance.ts";
import type { Caller } from "./inbound/users.ts";
import { TeamRequest } from "./team/team_request.ts";

/** The parts of an app that serve a request. */
interface ServeDeps extends ReceiveDeps {
  readonly live: Live;
  readonly failover: Failover;
  readonly requestIds: RequestIds;
  readonly search: WebSearch;
  /** What users may do; absent where there are none. */
  readonly allowance?: Allowance;
  /** Serves `POST responses`. */
  readonly exchange: (call: Call) => Promise<Exchanged>;
}

/** Serves one request. @param caller who asks, where there are users. @throws {Failure} where it cannot be served */
export async function serve(
  request: Request,
  deps: ServeDeps,
  caller?: Caller,
): Promise<Response> {
  const address = parseAddress(request.url);
  const id = deps.random.id();
  deps.requestIds.open(id, request.headers);
  try {
    const team = caller && deps.allowance && new TeamRequest(caller, deps.allowance, deps.config);
    await team?.admit(request.method, address);
    const own = await endpointOf(request.method, address)?.(request, address, deps);
    if (!own) {
      return await answer(id, await receive(request, address, deps, team), request, deps, team);
    }
    deps.requestIds.close(id);
    return await team?.catalog(own) ?? own;
  } catch (error) {
    deps.requestIds.close(id);
    throw error;
  }
}

/** Whether the client is Codex: its CLI, its apps and its extensions all send `originator` or a user agent of that name. */
export function isCodex(headers: Headers): boolean {
  return headers.has("originator") || /^codex/i.test(headers.get("user-agent") ?? "");
}

async function answer(
  id: string,
  { address, target, headers, work }: Received,
  { method, url, headers: asked, signal: left }: Request,
  { config, clock, net, live, lists, search, failover, exchange, ...deps }: ServeDeps,
  team: TeamRequest | undefined,
): Promise<Response> {
  const observer = team?.marked(deps.observer) ?? deps.observer;
  const { query, rest } = address;
  const { signal, abort, leave } = live.enter(left);
  const codex = isCodex(asked);
  const shared = { id, query, codex, signal };
  try {
    if (method === "POST" && rest === SEARCH_PATH && "bytes" in work) {
      const { token } = config.listen;
      const asked = { body: readObject(work.bytes), target, headers, query, token, signal };
      const response = await answerSearch(shared.id, asked, search, { ...net, observer });
      leave();
      return response;
    }
    const route = (to: Aim) => {
      to.headers.set("content-type", "application/json");
      return routeTo(to.target, to.headers, clock.wall, { query, token: config.listen.token });
    };
    const seek = (body: JsonObject) => ({
      address,
      headers: asked,
      body,
      aim: { target, headers },
      allows: team && team.allows.bind(team),
    });
    const located = "json" in work ? failover.locate(seek(work.json)) : undefined;
    if (located) await located;
    const { response, done } = "json" in work
      ? await exchange({
        ...shared,
        abort,
        ...codex && { traits: codexTraits(asked), status: statusForm(asked, work.json) },
        ...failover.open(seek(work.json), route),
        body: work.json,
        complete: work.json.stream !== true,
        ...team && { caller: team.caller },
        ...work.helper?.kind !== undefined && { helper: work.helper.kind },
        ...work.later && { standIn: callStandIn(work.later, route) },
        explain: (failure) =>
          explainNoSuchModel(failure, { target, headers, body: work.json }, lists),
      })
      : await passThrough({
        ...shared,
        target,
        method,
        rest,
        prefix: prefixOf(url, address),
        headers,
        body: work.bytes,
        model: work.model,
        ...team && { read: true, meter: team.meter(method, rest, work.bytes) },
        interval: config.heartbeat.interval,
      }, { ...net, observer });
    done.then(leave, leave);
    if (!team || "json" in work) return response;
    return await team.passedOn(response, method, rest);
  } catch (error) {
    leave();
    throw error;
  }
}
