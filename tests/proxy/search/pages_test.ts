/**
 * Pages over real sockets: what is fetched, what is refused, and hostile ones.
 */

import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { Failure } from "../../../lib/base/errors.ts";
import { PUBLIC } from "../../../lib/web/page_url.ts";
import { type Page, Pages, type PagesOptions } from "../../../lib/proxy/search/pages.ts";
import { fastClock } from "../../helpers/clock/fast_clock.ts";
import { type FakePage, type FakeWeb, startFakeWeb } from "../../helpers/peers/fake_web.ts";

const HTML = { "content-type": "text/html" };
const redirect = (to: string, status = 302): FakePage => () =>
  new Response(null, { status, headers: { location: to } });

interface Reading {
  readonly open: (path: string) => Promise<Page>;
  readonly refused: (address: string, words: RegExp) => Promise<void>;
  readonly fake: FakeWeb;
}

async function reading(
  pages: Readonly<Record<string, FakePage>>,
  use: (reading: Reading) => Promise<void>,
  options: Partial<PagesOptions> = {},
): Promise<void> {
  const fake = startFakeWeb(pages);
  const env = (name: string) => /proxy/i.test(name) ? "http://127.0.0.1:9" : undefined;
  const fetcher = new Pages({ clock: fastClock(20), env, ...fake.web, ...options });
  const { signal } = new AbortController();
  const open = (path: string) =>
    fetcher.open(path.startsWith("/") ? fake.site + path : path, signal);
  try {
    await use({
      fake,
      open,
      refused: (address, words) =>
        rejects(open(address), (error) => error instanceof Failure && words.test(error.message)),
    });
  } finally {
    fetcher.close();
    await fake.stop();
  }
}

Deno.test("pages: a page is read, whatever its coding, its charset and its way", async () => {
  const gbk = Uint8Array.of(...new TextEncoder().encode("<p>"), 0xc4, 0xe3, 0xba, 0xc3);
  const zipped = Uint8Array.from(gzipSync("<title>Zip</title><p>unzipped"));
  await reading({
    "/gbk": () => new Response(gbk, { headers: { "content-type": "text/html; charset=gbk" } }),
    "/wrong": () => new Response(gbk, { headers: { "content-type": "text/html; charset=utf-8" } }),
    "/zip": () => new Response(zipped, { headers: { ...HTML, "content-encoding": "gzip" } }),
    "/json": () => Response.json({ a: 1 }),
    "/bare": () =>
      new Response("<!doctype html><p>no type</p>", { headers: { "content-type": "" } }),
    "/first": redirect("second"),
    "/second": redirect("/capital#part", 308),
  }, async ({ open, fake }) => {
    deepEqual((await open("/gbk")).lines, ["你好"]);
    match((await open("/wrong")).lines.join(), /\ufffd/);
    const { title, lines } = await open("/zip");
    deepEqual({ title, lines }, { title: "Zip", lines: ["unzipped"] });
    deepEqual((await open("/json")).lines, ['{"a":1}']);
    deepEqual((await open("/bare")).lines, ["no type"]);
    const page = await open("/first");
    deepEqual([page.url, page.links], [`${fake.site}/capital`, [`${fake.site}/copenhagen`]]);
    ok(!fake.headers.some((each) => /authorization|cookie|referer/.test(each)));
  });
});

Deno.test("pages: what is no text, not there or in a circle is said", async () => {
  await reading({
    "/pdf": () => new Response("%PDF", { headers: { "content-type": "application/pdf" } }),
    "/circle": redirect("/circle"),
  }, async ({ refused }) => {
    await refused("/pdf", /cannot be read: it is application\/pdf; only text is read/);
    await refused("/none", /cannot be read: it answered HTTP 404/);
    await refused("/circle", /redirected more than 5 times/);
  });
});

Deno.test("pages: a redirect to what is not public is not followed, however it is written", async () => {
  const targets = [
    "http://127.0.0.1:PORT/capital",
    "http://2130706433:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://localhost:PORT/capital",
    "//10.0.0.1/",
    "file:///etc/passwd",
    "http://site.example:1/",
  ];
  const fakeWays: Record<string, FakePage> = {};
  targets.forEach((target, at) => {
    fakeWays[`/${at}`] = (request) =>
      redirect(target.replace("PORT", new URL(request.url).port))(request);
  });
  const fake = startFakeWeb(fakeWays);
  // Addresses that a URL names are judged by the real rule; only the lookup of the site's name is the test's own
  let looked = false;
  const pages = new Pages({
    clock: fastClock(20),
    env: () => undefined,
    resolve: () => {
      looked = true;
      return Promise.resolve(["127.0.0.1"]);
    },
    reachable: {
      ...fake.web.reachable ?? PUBLIC,
      address: (address) => {
        const judged = looked ? address === "127.0.0.1" : PUBLIC.address(address);
        looked = false;
        return judged;
      },
    },
  });
  const { signal } = new AbortController();
  try {
    for (const [at, target] of targets.entries()) {
      await rejects(
        pages.open(`${fake.site}/${at}`, signal),
        (error) => error instanceof Failure && /was not opened/.test(error.message),
        target,
      );
    }
    deepEqual(fake.fetched, targets.map((_, at) => `/${at}`));
  } finally {
    pages.close();
    await fake.stop();
  }
});

Deno.test("pages: a name is judged by every address of the lookup that is connected to", async () => {
  const answers = [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::ffff:127.0.0.1"], [
    "64:ff9b::a00:1",
  ]];
  for (const answer of answers) {
    let lookups = 0;
    await reading({}, async ({ open, fake }) => {
      await rejects(open("/capital"), /it is not on the public internet/);
      deepEqual([lookups, fake.fetched], [1, []]);
    }, {
      resolve: () => {
        lookups++;
        return Promise.resolve(answer);
      },
      reachable: { ...PUBLIC, name: () => true },
    });
  }
});

Deno.test("pages: a second lookup cannot say something else", async () => {
  let lookups = 0;
  await reading({}, async ({ open, fake }) => {
    deepEqual((await open("/capital")).title, "Denmark");
    await rejects(open("/copenhagen"), /it is not on the public internet/);
    deepEqual([lookups, fake.fetched], [2, ["/capital"]]);
  }, { resolve: () => Promise.resolve(++lookups === 1 ? ["127.0.0.1"] : ["127.0.0.2"]) });
});

/** A body that never ends, in pieces. */
function endless(piece: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(piece);
  return new ReadableStream({ pull: (controller) => controller.enqueue(bytes) });
}

Deno.test("pages: endless, packed and silent pages end", async () => {
  const bomb = Uint8Array.from(gzipSync("<p>boom</p>".repeat(3_000_000)));
  await reading({
    "/endless": () => new Response(endless(`<p>${"again ".repeat(2_000)}</p>`), { headers: HTML }),
    "/brackets": () => new Response("<".repeat(1 << 20), { headers: HTML }),
    "/bomb": () => new Response(bomb, { headers: { ...HTML, "content-encoding": "gzip" } }),
    "/broken": () =>
      new Response("\x1f\x8bno", { headers: { ...HTML, "content-encoding": "gzip" } }),
    "/silent": () => new Response(new ReadableStream({ start() {} }), { headers: HTML }),
  }, async ({ open, refused }) => {
    for (const path of ["/endless", "/bomb"]) {
      const { lines, size } = await open(path);
      match(`${lines.at(-1)}`, /The page is longer; the rest was not read/);
      ok(size < 1_200_000, `${path}: ${size}`);
    }
    ok((await open("/brackets")).size <= 1_000_100);
    await refused("/broken", /broken/);
    await refused("/silent", /did not answer within 20 s/);
  });
});

Deno.test("pages: a reader that leaves ends the request", async () => {
  const fake = startFakeWeb({ "/silent": () => new Response(new ReadableStream({ start() {} })) });
  const pages = new Pages({ clock: fastClock(1), env: () => undefined, ...fake.web });
  const left = new AbortController();
  const opened = pages.open(`${fake.site}/silent`, left.signal);
  left.abort(new Failure("client_gone", "The client left"));
  await rejects(opened, /The client left/);
  equal(left.signal.aborted, true);
  pages.close();
  await fake.stop();
});
