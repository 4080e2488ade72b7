import assert from "node:assert/strict";
import { readArguments } from "../../../lib/patch/codex/flags/arguments.ts";
import { effectiveProvider } from "../../../lib/patch/codex/layers/layers.ts";

// Every spelling was tried on Codex 0.169.0: docs/facts/codex.md §1.2
const chosen: [args: string[], provider: string | undefined][] = [
  [["-c", "model_provider=b", "exec", "hi"], "b"],
  [["exec", "-c", 'model_provider="b"', "hi"], "b"],
  [["-cmodel_provider=b"], "b"],
  [["-c=model_provider=b"], "b"],
  [["--config=model_provider=b"], "b"],
  [["--config", "model_provider=b"], "b"],
  [["-c", "model_provider = 'b'"], "b"],
  [["-c", " model_provider = b "], "b"],
  [["-c", "model_provider=b", "exec", "-c", "model_provider=a", "hi"], "a"],
  [["-c", '"model_provider"="b"'], undefined],
  [["exec", "--", "-c", "model_provider=b"], undefined],
  [["exec", "say -c model_provider=b"], undefined],
  [["-c"], undefined],
  [["exec", "-c", "--", "model_provider=b"], undefined],
  [["-c", "model_provider"], undefined],
];
for (const [args, provider] of chosen) {
  Deno.test(`arguments: ${args.join(" ")}: ${provider ?? "nobody's choice"}`, () => {
    const { flags } = readArguments(args);
    assert.equal(effectiveProvider(flags ? [flags] : []).id?.value, provider);
  });
}

const urls: [args: string[], url: string | undefined][] = [
  [["-c", 'model_providers.b.base_url="https://x.example/v1"'], "https://x.example/v1"],
  [["-c", "model_providers.b.base_url=https://x.example/v1?a=b"], "https://x.example/v1?a=b"],
  [["-c", 'model_providers.b={name="B",base_url="https://x.example"}'], "https://x.example"],
  [["-c", 'model_providers={b={name="B",base_url="https://x.example"}}'], "https://x.example"],
  [[
    "-c",
    'model_providers.b.base_url="https://x.example"',
    "-c",
    'model_providers={b={name="B"}}',
  ], undefined],
];
for (const [args, url] of urls) {
  Deno.test(`arguments: ${args.join(" ")}: ${url ?? "no URL"}`, () => {
    const { flags } = readArguments([...args, "-c", "model_provider=b"]);
    assert.equal(effectiveProvider(flags ? [flags] : []).url?.value, url);
  });
}

const others: [args: string[], found: Partial<ReturnType<typeof readArguments>>][] = [
  [["-p", "x", "exec", "hi"], { profile: "x", behind: 2 }],
  [["-px", "exec", "hi"], { profile: "x", behind: 1 }],
  [["--profile=x", "exec"], { profile: "x", behind: 1 }],
  [["-p", "x", "exec", "-p", "y", "hi"], { profile: "y", behind: 5 }],
  [["exec", "-c", "a=1", "-C", "/w", "hi"], { folder: "/w", behind: 3 }],
  [["--oss"], { local: "--oss", behind: 0 }],
  [["exec", "--local-provider", "ollama"], { local: "--local-provider" }],
  [["exec", "hi"], { profile: undefined, flags: undefined, local: undefined, behind: 0 }],
];
for (const [args, found] of others) {
  Deno.test(`arguments: ${args.join(" ")}: what else they say`, () => {
    assert.deepEqual({ ...readArguments(args), ...found }, readArguments(args));
  });
}
