/**
 * The dashboard in a real browser: a running sidecar, a provider that misbehaves, and hostile names; in both languages and
 * schemes, at 360 px, with the keyboard alone.
 */

import assert from "node:assert/strict";
import { violations } from "../../helpers/browser/axe.ts";
import {
  browserProgram,
  openBrowser,
  type Page,
  withoutBrowser,
} from "../../helpers/browser/browser.ts";
import { type DashboardRun, HOSTILE, startDashboard } from "../../helpers/browser/dashboard.ts";

const ignore = browserProgram === undefined;
const TOKEN = "a-long-and-random-token";

/** What a page complained of, and where it asked. */
interface Watched {
  readonly complaints: string[];
  readonly asked: string[];
}

function watch(page: Page): Watched {
  const watched: Watched = { complaints: [], asked: [] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) watched.complaints.push(message.text());
  });
  page.on("pageerror", (error) => watched.complaints.push(error.message));
  page.on("request", (request) => watched.asked.push(request.url()));
  return watched;
}

/** The canvases of charts, and those of them on which something is drawn. */
async function charts(page: Page): Promise<[all: number, drawn: number]> {
  return await page.evaluate(() => {
    // deno-lint-ignore no-explicit-any -- the page's globals, which Deno's types do not know
    const canvases = [...(globalThis as any).document.querySelectorAll(".u-wrap canvas")];
    const drawn = canvases.filter((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value: number) => value !== 0);
    });
    return [canvases.length, drawn.length] as [number, number];
  });
}

async function overflows(page: Page): Promise<boolean> {
  return await page.evaluate("document.documentElement.scrollWidth > innerWidth");
}

/** Every kind of turn, some of them still running. */
async function misbehave(run: DashboardRun): Promise<void> {
  await Promise.all(["good", "good", "breaks", "refused", HOSTILE].map((model) => run.ask(model)));
  void run.ask("silent");
  void run.ask("slow");
}

Deno.test({
  name: `dashboard: in a browser, what runs, what ended and what is wrong${withoutBrowser}`,
  ignore,
  async fn(t) {
    await using browser = await openBrowser();
    await using run = await startDashboard();
    const page = await browser.context.newPage();
    const watched = watch(page);

    await t.step("with no turn it tells how to connect", async () => {
      await page.goto(run.url);
      await page.getByText("No turn yet").waitFor();
      assert.ok(await page.getByText(`${run.url}/v1`).isVisible());
      assert.deepEqual(await violations(page), []);
    });

    await t.step(
      "turns come live, in the words of the status line, and charts are drawn",
      async () => {
        await misbehave(run);
        await page.getByText(/is answering: \d+ tokens\/s/).waitFor();
        await page.getByText(/is silent: \d+ /).waitFor();
        await page.locator("#turns > li", { hasText: "1 replay" }).waitFor();
        await page.getByText("The provider refuses the request").waitFor();
        assert.equal(await page.getByText("No turn yet").isVisible(), false);
        const bar = page.locator("#live .bar").first();
        assert.match(await bar.getAttribute("aria-label") ?? "", /waiting \d/);
        assert.deepEqual(await charts(page), [2, 2]);
      },
    );

    await t.step("names and sentences of others are text and do nothing", async () => {
      await page.locator("#turns > li", { hasText: HOSTILE }).first().waitFor();
      assert.equal(await page.locator("main img, main script").count(), 0);
      assert.equal(await page.evaluate("globalThis.owned"), undefined);
      const links = await page.locator("a").evaluateAll((all) =>
        all.map((one) => (one as unknown as { href: string }).href)
      );
      assert.deepEqual(
        links.filter((link) => !/^https:\/\/docs\.example\/|#running$/.test(link)),
        [],
      );
    });

    await t.step("with the keyboard alone", async () => {
      await page.evaluate("document.activeElement.blur()");
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate("document.activeElement.className"), "skip");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate("document.activeElement.id"), "running");
      for (let at = 0; at < 3; at++) await page.keyboard.press("Tab");
      assert.equal(await page.evaluate("document.activeElement.id"), "show-trouble");
      await page.keyboard.press("Space");
      assert.equal(await page.locator("#show-trouble").getAttribute("aria-pressed"), "true");
      assert.deepEqual(await page.locator("#turns > li").count(), 2);
    });

    for (const [language, words] of [["en-US", "Running turns"], ["zh-CN", "进行中"]] as const) {
      for (const colorScheme of ["light", "dark"] as const) {
        await t.step(
          `${language}, ${colorScheme}, 360 px: it fits, and axe finds nothing`,
          async () => {
            await page.setExtraHTTPHeaders({ "accept-language": language });
            await page.emulateMedia({ colorScheme });
            await page.setViewportSize({ width: 360, height: 740 });
            await page.goto(run.url);
            await page.getByRole("heading", { name: words }).waitFor();
            await page.locator("#turns > li").first().waitFor();
            assert.equal(await overflows(page), false);
            assert.deepEqual(await violations(page), []);
            assert.deepEqual(await charts(page), [2, 2]);
          },
        );
      }
    }

    await t.step("nothing was complained of, and nobody else was asked", () => {
      assert.deepEqual(watched.complaints, []);
      assert.deepEqual(
        watched.asked.filter((url) => !url.startsWith(`${run.url}/`)),
        ["data:,"].filter(
          (url) => watched.asked.includes(url),
        ),
      );
    });

    await t.step("a sidecar that stops ends its streams, and the page says so", async () => {
      await run.stop();
      await page.locator(".connection.down").waitFor();
    });
  },
});

Deno.test({
  name: `dashboard: with a token, a browser asks for it once${withoutBrowser}`,
  ignore,
  async fn() {
    await using browser = await openBrowser();
    await using run = await startDashboard({
      listen: { host: "127.0.0.1", port: 0, token: TOKEN },
    });
    const page = await browser.context.newPage();
    await page.goto(run.url);
    assert.deepEqual(await violations(page), []);
    const field = page.getByLabel("Token");
    await field.fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    assert.deepEqual(await violations(page), []);
    await field.fill(TOKEN);
    await page.keyboard.press("Enter");
    await page.locator(".connection.up").waitFor();
    assert.equal(await page.evaluate("document.cookie"), "");
    const [cookie] = await browser.context.cookies();
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, "Strict"]);
    await run.ask("good", TOKEN);
    await page.locator("#turns > li").first().waitFor();
    assert.doesNotMatch(await page.content(), new RegExp(TOKEN));
  },
});
