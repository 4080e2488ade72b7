/**
 * A release page on this machine: a folder of assets under the addresses that the install scripts ask for.
 *
 * ```
 * serve.ts FOLDER COMMAND...   runs the command with SIDECAR_BASE_URL set, and ends as it ends
 * ```
 * The workflow installs each build this way before anything is published; the tests of the install scripts use it too.
 *
 * @module
 */

/** A page that is up. */
export interface ReleasePage {
  /** What `SIDECAR_BASE_URL` takes. */
  readonly url: string;
  /** The paths that were asked for, in order. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** The bytes of a file of a release; `undefined` where it has none of that name. */
export type Asset = Uint8Array<ArrayBuffer> | undefined;

/** Serves what `asset` gives for a file's name; it is asked with the release before it: `latest`, or `v0.1.0`. */
export function serveRelease(
  asset: (name: string, release: string) => Asset | Promise<Asset>,
): ReleasePage {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async ({ url }) => {
    const { pathname } = new URL(url);
    asked.push(pathname);
    const [, latest, version, name = ""] =
      /^\/releases\/(?:(latest)\/download|download\/(v[^/]+))\/([^/]+)$/.exec(pathname) ?? [];
    const bytes = await asset(name, latest ?? version ?? "");
    return bytes ? new Response(bytes) : new Response("no such file", { status: 404 });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/releases`,
    asked,
    stop: () => server.shutdown(),
  };
}

async function main([folder = "", command = "", ...args]: readonly string[]): Promise<number> {
  const names = new Set(Array.from(Deno.readDirSync(folder), ({ name }) => name));
  const page = serveRelease((name) =>
    names.has(name) ? Deno.readFileSync(`${folder}/${name}`) : undefined
  );
  const env = { SIDECAR_BASE_URL: page.url };
  const { code } = await new Deno.Command(command, { args, env }).spawn().status;
  await page.stop();
  return code;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
