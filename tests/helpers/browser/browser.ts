/**
 * A real browser for tests, where this machine has one: Debian's `chromium-headless-shell`, which takes half of the processor
 * that the whole `chromium` takes, or that one, or the one that `CHROMIUM` names. The one place that names the version of playwright-core: what only tests use is no import of
 * deno.json, so that neither the binary nor its bill of materials has it.
 *
 * @module
 */

// deno-lint-ignore no-import-prefix
import { type BrowserContext, chromium } from "npm:playwright-core@1.65.1";

// deno-lint-ignore no-import-prefix
export type { BrowserContext, Page } from "npm:playwright-core@1.65.1";
import { removeFolder, tempFolder } from "../system/temp_folder.ts";

const NAMES = [Deno.env.get("CHROMIUM"), "chromium-headless-shell", "chromium", "google-chrome"];

/** A browser that minds its own business as little as it can. */
export const BROWSER_FLAGS: readonly string[] = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The browser's program; `undefined` where there is none, and then its tests are ignored. */
export const browserProgram: string | undefined = find();

/** For the name of a test that is ignored without a browser. */
export const withoutBrowser: string = browserProgram === undefined
  ? " (ignored: this machine has no chromium)"
  : "";

/** What ends a step that hangs; far longer than a busy machine takes. */
const HANG_MS = 120_000;

/** A browser under test. */
export interface TestBrowser extends AsyncDisposable {
  readonly context: BrowserContext;
}

/** Starts one that has no past: a new and empty profile. @param flags of the browser's, besides {@link BROWSER_FLAGS} */
export async function openBrowser(flags: readonly string[] = []): Promise<TestBrowser> {
  const folder = await tempFolder("browser-");
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: await path(),
    headless: true,
    args: [...BROWSER_FLAGS, ...flags],
    serviceWorkers: "allow",
    timeout: HANG_MS,
  });
  context.setDefaultTimeout(HANG_MS);
  return {
    context,
    async [Symbol.asyncDispose]() {
      await context.close();
      await removeFolder(folder);
    },
  };
}

/** A browser for several tests, each with a profile of its own that ends with it. */
export interface SharedBrowser extends AsyncDisposable {
  open(): Promise<TestBrowser>;
}

/** Starts one: most of what a test in a browser costs is its start. @param flags of the browser's, besides {@link BROWSER_FLAGS} */
export async function startBrowser(flags: readonly string[] = []): Promise<SharedBrowser> {
  const browser = await chromium.launch({
    executablePath: await path(),
    headless: true,
    args: [...BROWSER_FLAGS, ...flags],
    timeout: HANG_MS,
  });
  return {
    async open() {
      const context = await browser.newContext({ serviceWorkers: "allow" });
      context.setDefaultTimeout(HANG_MS);
      return { context, [Symbol.asyncDispose]: () => context.close() };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

function find(): string | undefined {
  return NAMES.find((name) => {
    if (!name) return false;
    try {
      return new Deno.Command(name, { args: ["--version"], stdout: "null", stderr: "null" })
        .outputSync().success;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  });
}

/** The program's path: playwright looks nothing up. */
async function path(): Promise<string> {
  const name = browserProgram ?? "chromium";
  if (name.includes("/")) return name;
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const file = `${folder}/${name}`;
    if (await Deno.stat(file).then((facts) => facts.isFile, () => false)) return file;
  }
  throw new Error(`${name} is not on PATH`);
}
