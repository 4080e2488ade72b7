/**
 * Starts one attempt on a route: encodes the request for the route's wire and prepares how its answer is read.
 *
 * @module
 */

import { filled, type JsonObject } from "../base/json.ts";
import { Attempt } from "../upstream/attempt.ts";
import type { ExchangeDeps } from "./call.ts";
import { Intake } from "./intake.ts";
import { sessionOf } from "./attempt/left_out_notes.ts";
import type { Ledger } from "./answer/ledger.ts";
import type { Report } from "./report.ts";
import type { RequestSoFar } from "./attempt/request.ts";
import { believesHabit, toleratesFlaw } from "./attempt/tolerance.ts";
import { IMAGE_ADAPTATIONS } from "./vision/image_parts.ts";
import type { Route } from "./route/route.ts";
import type { HostedSearch } from "./search/hosted.ts";
import type { Decoder } from "./wires/adapter.ts";

/** The parts of an exchange that an attempt needs. */
interface AttemptContext {
  readonly request: RequestSoFar;
  readonly route: Route;
  /** The query of the client's address, with its question mark. */
  readonly query: string;
  readonly ledger: Ledger;
  readonly report: Report;
  readonly hosted: HostedSearch;
  /** Whether the client shows a finished item's text, whatever was streamed for it before. */
  readonly rewrites: boolean;
  /** Whether images go up whatever is known of the model. */
  readonly sees: boolean;
  /** Aborts when the client left or the sidecar stops. */
  readonly signal: AbortSignal;
}

/** A started attempt. */
export interface Started {
  readonly route: Route;
  /** The body as it goes up, on the route's wire. */
  readonly body: JsonObject;
  readonly decoder: Decoder;
  readonly intake: Intake;
  /** Whether the beginning of the answer was sent with it; then only the rest comes back. */
  readonly continues: boolean;
  /** Whether it is nothing without its images. */
  readonly sees: boolean;
  /** Iterating it sends the request. */
  readonly attempt: Attempt;
}

/** Makes an attempt; the ledger and the report count it from here on. Waits where images have to be described before. */
export async function startAttempt(context: AttemptContext, deps: ExchangeDeps): Promise<Started> {
  const { request, route, ledger, report, hosted, signal, sees } = context;
  const known = request.adaptations(route);
  const { vision } = deps;
  const seesIt = ({ model }: JsonObject) => sees || deps.sees?.(route, filled(model) ?? "");
  if (vision) {
    await request.rewrite((body) =>
      vision.read({ body, route, images: seesIt(body), adaptations: known, signal })
    );
  }
  const { adapter, target, headers, classifyAnswer, classifyEvent } = route;
  const { profile, title, timeouts } = target;
  const { random, config: { limits }, net } = deps;
  const prefix = request.prefix(route);
  const asked = hosted.prepare(request.body(route), route);
  const { body: encoded, decoder: decodes, tail, leftOut } = adapter.encode(asked, {
    ...(prefix !== undefined && { prefix }),
    profile,
    title,
    base: target.base,
    random,
    createdAt: Math.trunc(net.clock.wall() / 1000),
    limits,
    classify: classifyEvent,
    adaptations: known.difference(new Set(sees ? IMAGE_ADAPTATIONS : [])),
    images: seesIt(asked),
    sealed: deps.learned.seals.of(target.base),
    rewrites: context.rewrites,
    tolerates: (flaw) => toleratesFlaw(flaw, context, deps.observer),
    believes: (habit) => believesHabit(habit, context, deps),
  });
  const body = request.fixed ?? encoded;
  const decoder = hosted.decoder(decodes);
  deps.leftOut?.note(title, sessionOf(headers, asked), leftOut);
  report.attempt(target, filled(asked.model));
  ledger.begin();
  const attempt = new Attempt({
    url: target.base + adapter.path + context.query,
    headers,
    body: () => JSON.stringify(body),
    title,
    timeouts,
    maxEvent: limits.event,
    tail,
    signal,
    classify: classifyAnswer,
    decodeComplete: adapter.decodeComplete,
    onHead: (response) => report.head(response),
    onBytes: report.bytes,
  }, net);
  const intake = new Intake(decoder, ledger, (last) => report.usage(last));
  return { route, body, decoder, intake, continues: prefix !== undefined, sees, attempt };
}
