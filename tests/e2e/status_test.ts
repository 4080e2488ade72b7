/**
 * The wait as the person sees it: real Codex in a terminal shows the status line and keeps nothing of it; every other client
 * gets no trace.
 */

import { hasTmux } from "../helpers/codex_screen.ts";
import { pool } from "../helpers/pool.ts";
import { STATUS_CASES, statusTurn } from "./status_turn.ts";
import { WIRES } from "./turn.ts";

const tmux = await hasTmux();

Deno.test({
  name: `status: the terminal shows what it waits for, and nothing of it stays${
    tmux ? "" : " (ignored: this machine has no tmux)"
  }`,
  ignore: !tmux,
  fn: (t) =>
    pool(
      t,
      STATUS_CASES.flatMap((one) =>
        WIRES.map((wire) => ({
          name: `${one.name} (${wire})`,
          run: () => statusTurn(one, wire),
        }))
      ),
      5,
    ),
});
