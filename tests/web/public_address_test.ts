/**
 * Which addresses are public, in all the ways in which they can be written.
 */

import { equal, throws } from "node:assert/strict";
import { Failure } from "../../lib/base/errors.ts";
import { pageUrl, PUBLIC } from "../../lib/web/page_url.ts";
import { isPublicAddress, isPublicName } from "../../lib/web/public_address.ts";

const NOT_PUBLIC =
  `0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.254
169.254.169.254 169.254.0.1 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255
198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:8.8.8.8 ::127.0.0.1 ::7f00:1 0:0:0:0:0:0:0:1
64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::a00:1 100::1 2001::1 2001:0:53aa:64c:0:0:80ff:fffe 2001:10::1 2001:20::1
2001:db8::1 2002:7f00:1:: 2002:c0a8:101::1 3fff::1 fc00::1 fd00:ec2::254 fd12:3456:789a::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1
5f00::1 4000::1 localhost example.com 1.2.3 1.2.3.4.5 0x7f.0.0.1 127.1 2130706433 [::1]`.split(
    /\s+/,
  );

const IS_PUBLIC =
  `1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 169.253.255.255
172.15.255.255 172.32.0.1 192.167.255.255 192.169.0.1 198.17.255.255 198.20.0.1 223.255.255.255
2606:4700:4700::1111 2001:4860:4860::8888 2400:cb00::1 2a00:1450:4001:80b::200e`.split(/\s+/);

Deno.test("public address: what is not known to be public is refused", () => {
  for (const address of NOT_PUBLIC) equal(isPublicAddress(address), false, address);
  for (const address of IS_PUBLIC) equal(isPublicAddress(address), true, address);
});

Deno.test("public address: names that only a local resolver answers are refused", () => {
  const local =
    "localhost LOCALHOST. a.localhost router printer.local metadata.google.internal x.lan a.home.arpa " +
    "1.0.0.127.in-addr.arpa x.onion a.test db.corp";
  for (const name of local.split(" ")) equal(isPublicName(name), false, name);
  for (const name of ["example.com", "EXAMPLE.com.", "local.example", "中文.example"]) {
    equal(isPublicName(name), true, name);
  }
});

/** Spellings of addresses and of things that are no pages; the URL standard reads the numbers. */
const REFUSED =
  `http://127.0.0.1/ http://127.1/ http://2130706433/ http://0x7f000001/ http://0x7f.1/ http://017700000001/
http://0177.0.0.1/ http://127.0.0.1./ http://0/ http://0.0.0.0:8080/ http://[::1]/ http://[::]/ http://[::ffff:127.0.0.1]/
http://[::ffff:7f00:1]/ http://[0:0:0:0:0:ffff:127.0.0.1]/ http://[64:ff9b::7f00:1]/ http://[fd00::1]/ http://[fe80::1]/
http://169.254.169.254/latest/meta-data/ http://2852039166/ http://[::ffff:a9fe:a9fe]/ http://100.100.100.200/
http://10.0.0.1/ http://192.168.1.1/ http://①②⑦.⓪.⓪.①/ http://127。0。0。1/ http://localhost/ http://LOCALHOST:3000/
http://localhost./ http://app.localhost/ http://metadata/ http://metadata.google.internal/ http://router.lan/
http://user@example.com/ http://user:pass@example.com/ http://example.com@127.0.0.1/ http://example.com:22/ http://example.com:25/
file:///etc/passwd ftp://example.com/ gopher://example.com/ data:text/html,x javascript:alert(1) blob:http://example.com/x
about:blank unix:/var/run/docker.sock http:// https://[::1%25eth0]/ http://[fe80::1%25eth0]/ //example.com/ example.com`
    .split(/\s+/);

Deno.test("page url: nothing but a public page is asked for, however it is written", () => {
  for (const text of REFUSED) {
    throws(
      () => pageUrl(text, PUBLIC),
      (error) => error instanceof Failure && error.code === "refused",
      text,
    );
  }
  throws(() => pageUrl(`http://example.com/${"x".repeat(3_000)}`, PUBLIC), Failure);
  equal(pageUrl(" https://example.com/a?b#c ", PUBLIC).href, "https://example.com/a?b");
  equal(pageUrl("http://8.8.8.8:8080/", PUBLIC).href, "http://8.8.8.8:8080/");
  equal(pageUrl("http://[2606:4700:4700::1111]/", PUBLIC).hostname, "[2606:4700:4700::1111]");
});
