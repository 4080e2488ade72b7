/**
 * Which requests the sidecar answers itself: the one table of them.
 *
 * @module
 */

import type { Address } from "../inbound/address.ts";
import type { Endpoint } from "./endpoint.ts";
import { modelCatalog } from "./model_catalog.ts";

interface Row {
  readonly method: string;
  /** The path below the base, without a leading slash. */
  readonly rest: string;
  /** Which queries are meant. @default all */
  readonly query?: RegExp;
  readonly answer: Endpoint;
}

const ROWS: readonly Row[] = [
  // Without that word it is OpenAI's own list, which other clients read
  { method: "GET", rest: "models", query: /[?&]client_version=/, answer: modelCatalog },
];

/** The endpoint of a request; `undefined` where it is an exchange, or passed through. */
export function endpointOf(method: string, { rest, query }: Address): Endpoint | undefined {
  const row = ROWS.find((one) =>
    one.method === method && one.rest === rest && (one.query?.test(query) ?? true)
  );
  return row?.answer;
}
