/** Images of the real client on a model that reads text alone: one that the user attached, one that a tool shows. */

import { equal, match } from "node:assert/strict";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { json, type Script } from "../../../lib/simulate/script.ts";
import { PNG, say, TEXT } from "../say.ts";
import { outputsIn } from "../seen.ts";
import { cacheable, type Case, turns, unharmed } from "../turn.ts";

const DESCRIPTION = "A red square, eight pixels wide.";

function script(request: SeenRequest): Script {
  const images = /base64,|"base64"/.test(request.text);
  if (request.json?.model === "sees-1") return say(request, { text: images ? DESCRIPTION : "?" });
  if (images) return json(400, { error: { message: "This server crashes on images" } });
  if (outputsIn(request).length > 0) return say(request, { text: TEXT });
  const call = { kind: "function", name: "view_image", arguments: { path: "seen.png" } } as const;
  return say(request, { calls: [call] });
}

const described: Case = {
  name: "vision: what the user attached and what a tool shows is described, once",
  upstream: { provider: "glm" },
  config: { vision: { model: "sim/sees-1" } },
  codex: {
    model: "glm-5.2",
    files: { "seen.png": PNG },
    args: ["-i", "seen.png"],
  },
  script,
  check(turn) {
    unharmed(turn, [TEXT], 3);
    cacheable(turn);
    const [, first, second] = turn.provider.posts;
    match(first!.text, /sim\/sees-1 describes it/);
    equal(first!.text.split(DESCRIPTION).length - 1, 1);
    equal(second!.text.split(DESCRIPTION).length - 1, 2);
    equal(turn.sidecar.records.filter(({ helper }) => helper === "vision").length, 1);
  },
};

Deno.test("vision: a model that reads text alone knows what an image shows", async (t) => {
  await turns(t, [described]);
});
