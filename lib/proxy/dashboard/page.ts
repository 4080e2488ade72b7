/**
 * The dashboard as one page, with everything it needs inside: it loads nothing but its data, from the sidecar itself.
 *
 * Its policy allows exactly the scripts and the style that stand in it, by their hashes. What comes from outside never becomes
 * markup: the page's script writes it as text.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { html, raw as unescaped } from "hono/html";
import { chartLibrary, chartScript, inScript, pageStyle as look } from "../../base/page/assets.ts";
import type { WaitLanguage } from "../../base/wait/words.ts";
import script from "./page.js" with { type: "text" };
import style from "./page.css" with { type: "text" };
import { pageWords } from "./words.ts";

/** A page and its policy. */
export interface OwnPage {
  readonly text: string;
  readonly policy: string;
}

const STYLE = `${look}\n${style}`;
const SCRIPTS = [chartLibrary, `${chartScript}\n${script}`];

/** The dashboard in a language. @param docs where the documentation is, with a slash at its end; `null`: nobody knows */
export function dashboardPage(language: WaitLanguage, docs: string | null): OwnPage {
  const words = pageWords(language);
  const text = `${html`
    <!doctype html>
    <html lang="${language === "zh" ? "zh-CN" : "en"}">
      ${head(words.title)}
      <body>
        <a class="skip" href="#running">${words.skip}</a>
        <header>
          <h1>${words.title} <small id="version"></small></h1>
          <p id="connection" class="connection" role="status">${words.connecting}</p>
          <div id="tiles" class="tiles"></div>
        </header>
        <noscript><p>${words.noscript}</p></noscript>
        <main>
          <section id="empty" aria-labelledby="empty-title" hidden>
            <h2 id="empty-title">${words.emptyTitle}</h2>
            <p>${words.emptyText}</p>
            <dl>
              <dt><code>sidecar init</code></dt>
              <dd>${words.emptyInit}</dd>
              <dt><code>sidecar run -- codex</code></dt>
              <dd>${words.emptyRun}</dd>
              <dt><code id="base">http://127.0.0.1:8411/v1</code></dt>
              <dd>${words.emptyBase}</dd>
              <dt><code>sidecar demo</code></dt>
              <dd>${words.emptyDemo}</dd>
            </dl>
          </section>
          <section id="running" aria-labelledby="running-title" tabindex="-1">
            <h2 id="running-title">${words.running}</h2>
            <p id="none">${words.none}</p>
            <ul id="key" class="key"></ul>
            <ul id="live" class="live"></ul>
            <p id="more" hidden></p>
          </section>
          <section id="upstreams-section" aria-labelledby="upstreams-title" hidden>
            <h2 id="upstreams-title">${words.upstreams}</h2>
            <ul id="keys" class="keys"></ul>
            <div id="upstreams"></div>
            <p class="note">${words.estimate}</p>
          </section>
          <section id="last" aria-labelledby="last-title" hidden>
            <h2 id="last-title">${words.last}</h2>
            <div class="filters" role="group" aria-labelledby="last-title">
              <button type="button" id="show-all" aria-pressed="true">${words.all}</button>
              <button type="button" id="show-trouble" aria-pressed="false">${words.trouble}</button>
            </div>
            <p id="no-trouble" hidden>${words.noTrouble}</p>
            <div class="turns-head" aria-hidden="true">
              <span>${words.time}</span>
              <span>${words.outcome}</span>
              <span>${words.model}</span>
              <span>${words.firstToken}</span>
              <span>${words.duration}</span>
              <span>${words.tokens}</span>
            </div>
            <ol id="turns" class="turns"></ol>
          </section>
        </main>
        <footer><p id="kept"></p></footer>
        <script type="application/json" id="words">${unescaped(
          inScript({ language, docs, words }),
        )}</script>
        ${SCRIPTS.map((one) => html`<script>${unescaped(one)}</script>`)}
      </body>
    </html>
  `}`.trim();
  return {
    text,
    policy: `${POLICY}; connect-src 'self'; form-action 'none'; script-src ${
      SCRIPTS.map(hash).join(" ")
    }`,
  };
}

/** The form that asks for the token. @param wrong whether one was tried that is not it */
export function loginPage(language: WaitLanguage, wrong: boolean): OwnPage {
  const words = pageWords(language);
  const text = `${html`
    <!doctype html>
    <html lang="${language === "zh" ? "zh-CN" : "en"}">
      ${head(words.title, html`<meta name="referrer" content="same-origin">`)}
      <body>
        <main class="login">
          <h1>${words.title}</h1>
          <form method="post" action="/dashboard/login">
            ${wrong ? html`<p role="alert" class="wrong">${words.wrong}</p>` : ""}
            <label for="token">${words.login}</label>
            <input
              id="token"
              name="token"
              type="password"
              autocomplete="current-password"
              aria-describedby="help"
              required
              autofocus
            >
            <p id="help" class="note">${words.loginHelp}</p>
            <button type="submit">${words.open}</button>
          </form>
        </main>
      </body>
    </html>
  `}`.trim();
  return { text, policy: `${POLICY}; form-action 'self'` };
}

/** @param more a form's origin is `null` under the policy that every answer has, which no guard could tell from another page */
function head(title: string, more: ReturnType<typeof html> | string = "") {
  return html`
    <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      ${more}
      <link rel="icon" href="data:,">
      <title>${title}</title>
      <style>${unescaped(STYLE)}</style>
    </head>
  `;
}

const POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; img-src data:; " +
  `style-src ${hash(STYLE)}`;

function hash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
