import assert from "node:assert/strict";
import type { Build } from "../../../lib/base/version/build.ts";
import { Failure } from "../../../lib/base/errors.ts";
import { showVersion } from "../../../lib/commands/version/version.ts";
import { newestRelease } from "../../../lib/commands/version/check.ts";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";

const build: Build = { version: "1.2.3", commit: "4e37627", repository: "a/b" };

type Asked = [method: string, headers: Record<string, string>];

/** A server on loopback that answers as it is told, and what it was asked. */
async function withServer(
  answer: (request: Request) => Response | Promise<Response>,
  use: (url: string) => Promise<void>,
): Promise<Asked[]> {
  const asked: Asked[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    asked.push([request.method, Object.fromEntries(request.headers)]);
    return answer(request);
  });
  try {
    await use(`http://127.0.0.1:${server.addr.port}/latest.json`);
  } finally {
    await server.shutdown();
  }
  return asked;
}

async function shown(options: Omit<Parameters<typeof showVersion>[0], "build">, own = build) {
  let out = "";
  const terminal = { out: (text: string) => out += text, err: () => {}, color: false };
  const code = await showVersion({ ...options, build: own }, terminal);
  return { code, out };
}

const release = (tag: string, page = `https://a.example/${tag}`) =>
  JSON.stringify({ tag_name: tag, html_url: page, body: "words", draft: false });

const standings: [own: string, tag: string, says: RegExp][] = [
  ["1.2.3", "v1.2.3", /^1\.2\.3 \(4e37627\) is the newest release\n$/],
  ["1.2.3", "1.2.3", /is the newest release\n$/],
  [
    "1.2.3",
    "v1.10.0",
    /^1\.10\.0 is released; this is 1\.2\.3 \(4e37627\)\n {2}https:\/\/a\.example\/v1\.10\.0\nTo upgrade, /,
  ],
  ["1.2.3-rc.1", "v1.2.3", /^1\.2\.3 is released; this is 1\.2\.3-rc\.1 /],
  ["1.3.0-rc.1", "v1.2.3", /^1\.3\.0-rc\.1 \(4e37627\) is ahead of the newest release, 1\.2\.3\n$/],
];
for (const [own, tag, says] of standings) {
  Deno.test(`version: ${own} where ${tag} is the newest says so and ends with 0`, async () => {
    await withServer(() => new Response(release(tag)), async (from) => {
      const { code, out } = await shown({ check: true, from }, { ...build, version: own });
      assert.equal(code, 0);
      assert.match(out, says);
    });
  });
}

Deno.test("version: a check says nothing of who asks, and asks once", async () => {
  const asked = await withServer(() => new Response(release("v1.2.3")), async (from) => {
    await shown({ check: true, from });
  });
  const [[method, { host: _, ...headers }] = ["", {}]] = asked;
  assert.deepEqual({ times: asked.length, method, headers }, {
    times: 1,
    method: "GET",
    headers: {
      "accept": "application/json",
      "accept-encoding": "gzip,br",
      "accept-language": "*",
      "user-agent": "codex-sidecar",
    },
  });
});

Deno.test("version: without --check nobody is asked, and the facts of a bug report are printed", async () => {
  const { deno, v8, typescript } = Deno.version;
  const { target } = Deno.build;
  assert.deepEqual(await shown({}), {
    code: 0,
    out: `sidecar     1.2.3 (4e37627)\ndeno        ${deno}\nv8          ${v8}\n\
typescript  ${typescript}\ntarget      ${target}\n`,
  });
  const { out } = await shown({ json: true });
  assert.deepEqual(JSON.parse(out), { ...build, deno, v8, typescript, target });
});

Deno.test("version: a check as JSON has the facts, the newest release and how this build stands", async () => {
  await withServer(() => new Response(release("v2.0.0")), async (from) => {
    const { out } = await shown({ check: true, json: true, from });
    const { standing, newest, version } = JSON.parse(out);
    assert.deepEqual({ standing, newest, version }, {
      standing: "older",
      newest: { version: "2.0.0", page: "https://a.example/v2.0.0" },
      version: "1.2.3",
    });
  });
});

const refused: [
  name: string,
  options: { check?: boolean; from?: string },
  own: Build,
  says: RegExp,
][] = [
  [
    "--from without --check",
    { from: "https://a.example" },
    build,
    /--check is not given\. Add --check$/,
  ],
  [
    "a build that knows no repository",
    { check: true },
    { ...build, repository: null },
    /^This build does not know where its releases are\. .*--from URL$/,
  ],
  [
    "no URL",
    { check: true, from: "mirror" },
    build,
    /^--from takes an http or https URL\. Such as/,
  ],
  ["a file", { check: true, from: "file:///etc/passwd" }, build, /^--from takes an http or https/],
];
for (const [name, options, own, says] of refused) {
  Deno.test(`version: ${name} is refused as wrong usage`, async () => {
    await assert.rejects(shown(options, own), (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.code, "bad_usage");
      assert.match(error.fullMessage, says);
      return true;
    });
  });
}

const answers: [name: string, answer: () => Response, code: string, says: RegExp][] = [
  [
    "no JSON",
    () => new Response("<html>Log in</html>"),
    "bad_answer",
    /but not with a release\. .*login page/,
  ],
  ["an array", () => new Response("[]"), "bad_answer", /not with a release/],
  ["no tag", () => new Response("{}"), "bad_answer", /not with a release/],
  ["a tag that is no version", () => new Response(release("latest")), "bad_answer", /not with a/],
  [
    "a tag that writes to the terminal",
    () => new Response(release("1.2.3-\u001b[2J")),
    "bad_answer",
    /not with a/,
  ],
  [
    "404",
    () => new Response("{}", { status: 404 }),
    "refused",
    /HTTP 404: no release is there\. Look/,
  ],
  [
    "403",
    () => new Response("{}", { status: 403 }),
    "refused",
    /HTTP 403: it does not say which release is newest\. .*--from/,
  ],
  [
    "403 of a rate limit",
    () => new Response("{}", { status: 403, headers: { "x-ratelimit-remaining": "0" } }),
    "rate_limited",
    /HTTP 403: too many have asked from this address\. Ask again in an hour$/,
  ],
  ["429", () => new Response("", { status: 429 }), "rate_limited", /HTTP 429: too many/],
  [
    "500",
    () => new Response("", { status: 500 }),
    "refused",
    /HTTP 500: it does not say which release is newest/,
  ],
  [
    "a redirect",
    () => new Response("", { status: 302, headers: { location: "https://a.example/\u00e9" } }),
    "refused",
    /HTTP 302: it redirects, and no redirect is followed\. Give --from the final address$/,
  ],
  [
    "more than a release can be",
    () => new Response(`{"tag_name":"v9.9.9","body":"${"x".repeat(2 * 1024 * 1024)}"}`),
    "too_large",
    /sent more than a release's description/,
  ],
];
for (const [name, answer, code, says] of answers) {
  Deno.test(`version: an answer with ${name} is told in a sentence`, async () => {
    await withServer(answer, async (from) => {
      await assert.rejects(shown({ check: true, from }), (error) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.code, code);
        assert.match(error.message, /^127\.0\.0\.1:\d+ /);
        assert.match(error.fullMessage, says);
        assert.doesNotMatch(error.fullMessage, /\n|latest\.json/);
        return true;
      });
    });
  });
}

Deno.test("version: a page's address is shown only where it is one, and never as it came", async () => {
  const pages: [given: string, shown: string | undefined][] = [
    ["https://a.example/x", "https://a.example/x"],
    ["https://a.example/\u001b[2J x", "https://a.example/%1B[2J%20x"],
    ["javascript:alert(1)", undefined],
    ["x", undefined],
  ];
  for (const [given, expected] of pages) {
    await withServer(() => new Response(release("v9.0.0", given)), async (url) => {
      assert.equal((await newestRelease(url, new FakeClock())).page, expected);
    });
  }
});

Deno.test("version: nobody there is told with a hint", async () => {
  const server = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = server.addr as Deno.NetAddr;
  server.close();
  await assert.rejects(shown({ check: true, from: `http://127.0.0.1:${port}/` }), (error) => {
    assert.ok(error instanceof Failure);
    assert.equal(error.code, "unreachable");
    assert.match(
      error.fullMessage,
      /could not be reached at 127[^]*refused[^]*Check the network.*--from URL/,
    );
    return true;
  });
});

for (const part of ["head", "body"] as const) {
  Deno.test(`version: a ${part} that does not come ends after ten seconds`, async () => {
    const gate = Promise.withResolvers<Response>();
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
    });
    await withServer(() => part === "head" ? gate.promise : new Response(body), async (url) => {
      const clock = new FakeClock();
      const asked = newestRelease(url, clock);
      const told = assert.rejects(asked, (error) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.code, "head_timeout");
        assert.match(error.message, /did not answer within 10 s$/);
        return true;
      });
      await clock.advance(9_999);
      assert.equal(clock.armed, 1);
      await clock.advance(1);
      await told;
      assert.equal(clock.armed, 0);
      gate.resolve(new Response());
    });
  });
}
