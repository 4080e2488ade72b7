import assert from "node:assert/strict";
import { clientAddresses } from "../../../lib/proxy/inbound/client_address.ts";

const TRUSTED = ["10.0.0.0/8", "192.0.2.1", "fd00::/8"];

/** what, the trusted networks, the peer, X-Forwarded-For, the client */
const cases: [string, string[], string, string | undefined, string][] = [
  ["nobody is trusted", [], "10.0.0.1", "1.1.1.1", "10.0.0.1"],
  ["a peer that is not trusted", TRUSTED, "11.0.0.1", "1.1.1.1", "11.0.0.1"],
  ["no header", TRUSTED, "10.0.0.1", undefined, "10.0.0.1"],
  ["one hop", TRUSTED, "10.0.0.1", "1.1.1.1", "1.1.1.1"],
  ["a beginning that the client wrote", TRUSTED, "10.0.0.1", "6.6.6.6, 1.1.1.1", "1.1.1.1"],
  ["two balancers", TRUSTED, "10.0.0.1", "1.1.1.1, 192.0.2.1", "1.1.1.1"],
  ["balancers alone", TRUSTED, "10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"],
  ["a hop that is no address", TRUSTED, "10.0.0.1", "1.1.1.1, unknown", "10.0.0.1"],
  ["an empty header", TRUSTED, "10.0.0.1", "", "10.0.0.1"],
  ["a port", TRUSTED, "10.0.0.1", "1.1.1.1:5000", "1.1.1.1"],
  ["IPv6 with brackets and a port", TRUSTED, "fd00::1", "[2001:DB8::1]:5000", "2001:db8::1"],
  ["IPv4 inside IPv6", TRUSTED, "::ffff:10.0.0.1", "::ffff:1.1.1.1", "1.1.1.1"],
  ["more hops than are read", TRUSTED, "10.0.0.1", `1.1.1.1${", 10.0.0.2".repeat(40)}`, "10.0.0.2"],
];

for (const [what, trusted, peer, header, client] of cases) {
  Deno.test(`client address: ${what}`, () => {
    const headers = new Headers(header === undefined ? {} : { "x-forwarded-for": header });
    assert.equal(clientAddresses(trusted)(peer, headers), client);
  });
}
