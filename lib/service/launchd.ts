/**
 * launchd, controlled through `launchctl`.
 *
 * `bootout` returns before the label is free, and `bootstrap` fails with "5: Input/output error" until then. So this
 * waits after the first and repeats the second (headroomlabs-ai/headroom#1289 measured about five seconds).
 *
 * @module
 */

import { sleep } from "../base/clock.ts";
import { LABEL, launchdAgent } from "./launchd_agent.ts";
import { type Manager, type ManagerContext, type Ran, toolFailure } from "./manager.ts";
import { DRAIN_SECONDS } from "./service.ts";

/** How long `bootstrap` is tried, and the pause between two tries; both in milliseconds. */
const [TIMEOUT_MS, PAUSE] = [15_000, 500];

const NO_DOMAIN =
  "An agent needs a login at the screen: log in there and run the command again, or start the sidecar by hand: sidecar";

/** The manager for agents of the user's own session. @param home the user's home folder, absolute */
export function launchdManager({ clock, runTool, uid }: ManagerContext, home: string): Manager {
  const domain = `gui/${uid()}`;
  const target = `${domain}/${LABEL}`;
  const file = `${home}/Library/LaunchAgents/${LABEL}.plist`;
  const launchctl = (...args: string[]) => runTool("launchctl", args);
  const pause = () => sleep(clock, PAUSE, new AbortController().signal);
  const loaded = async () => (await launchctl("print", target)).code === 0;

  /** Removes the agent from launchd and waits until it is gone. Returns the failed command, if any. */
  async function bootout(): Promise<Ran | undefined> {
    if (!await loaded()) return undefined;
    const ran = await launchctl("bootout", target);
    const until = clock.now() + DRAIN_SECONDS * 1_000 + TIMEOUT_MS;
    while (clock.now() < until) {
      if (!await loaded()) return undefined;
      await pause();
    }
    return ran;
  }

  return {
    name: "launchd",
    id: LABEL,
    file,
    traces: [],
    define: (service) => Promise.resolve(new TextEncoder().encode(launchdAgent(service))),
    async take(start) {
      await bootout();
      await launchctl("enable", target);
      if (!start) return;
      const args = ["bootstrap", domain, file];
      const until = clock.now() + TIMEOUT_MS;
      let ran = await launchctl(...args);
      while (ran.code === 5 && clock.now() < until) {
        await pause();
        ran = await launchctl(...args);
      }
      if (ran.code !== 0) throw toolFailure("launchctl", args, ran, NO_DOMAIN);
    },
    async stop() {
      const ran = await bootout();
      const hint = "It ends when you log out";
      return ran && toolFailure("launchctl", ["bootout", target], ran, hint);
    },
    forget: () => Promise.resolve(),
    async running() {
      const { code, out } = await launchctl("print", target);
      if (code === undefined) return undefined;
      return code === 0 && /\bstate = running\b/.test(out);
    },
  };
}
