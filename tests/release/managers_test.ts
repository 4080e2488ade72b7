/** What Homebrew, Scoop and winget are told of a release. */

import assert from "node:assert/strict";
import { parse } from "yaml";
import { managerFiles } from "../../.github/release/managers.ts";
import { which } from "./install_world.ts";

const ARCHIVES = [
  ...["linux-x64", "linux-arm64", "macos-x64", "macos-arm64"].map((name) =>
    `sidecar-${name}.tar.gz`
  ),
  "sidecar-windows-x64.zip",
  "sidecar-windows-arm64.zip",
];
const sum = (index: number) => `${index}a`.repeat(32);
const sums = ARCHIVES.map((name, index) => `${sum(index)}  ${name}\n`).join("") +
  `${"f".repeat(64)}  install.sh\n`;
const facts = { version: "1.2.3", repository: "someone/codex-sidecar", sums };
const files = managerFiles(facts);
const file = (name: string) => files.get(name) ?? assert.fail(`there is no ${name}`);
const at = (name: string) =>
  `https://github.com/someone/codex-sidecar/releases/download/v1.2.3/${name}`;

Deno.test("managers: the formula has the archive and checksum of each Unix build, and Ruby reads it", async () => {
  const text = file("codex-sidecar.rb");
  const found = [...text.matchAll(/url "(.*)"\n\s+sha256 "(.*)"/g)].map(([, url, sha]) => [
    url,
    sha,
  ]);
  assert.deepEqual(
    new Map(found as [string, string][]),
    new Map(ARCHIVES.slice(0, 4).map((name, index) => [at(name), sum(index)])),
  );
  // Each architecture below its system, in Homebrew's words
  assert.match(text, /on_macos do\n {4}on_arm do\n.*macos-arm64[^]*on_intel do\n.*macos-x64/);
  assert.match(text, /on_linux do\n {4}on_arm do\n.*linux-arm64[^]*on_intel do\n.*linux-x64/);
  assert.ok(text.split("\n").find((line) => line.startsWith("  desc"))!.length <= 90);
  if (which("ruby")) {
    const child = new Deno.Command("ruby", { args: ["-c", "-e", text], stdout: "null" });
    assert.ok((await child.output()).success);
  }
});

Deno.test("managers: Scoop's manifest has both architectures, and finds the next release by itself", () => {
  const { architecture, autoupdate, bin, version } = JSON.parse(file("codex-sidecar.json"));
  assert.deepEqual({ bin, version }, { bin: "sidecar.exe", version: "1.2.3" });
  for (const [arch, cpu, index] of [["64bit", "x64", 4], ["arm64", "arm64", 5]] as const) {
    const name = `sidecar-windows-${cpu}.zip`;
    assert.deepEqual(architecture[arch], {
      url: at(name),
      hash: sum(index),
      extract_dir: `sidecar-windows-${cpu}`,
    });
    assert.equal(autoupdate.architecture[arch].url.replace("$version", "1.2.3"), at(name));
  }
});

Deno.test("managers: winget's three manifests name one package, one version and the program in each archive", () => {
  const names = [...files.keys()].filter((name) => name.endsWith(".yaml"));
  const manifests = names.map((name) => parse(file(name)));
  assert.deepEqual(manifests.map(({ ManifestType }) => ManifestType), [
    "version",
    "installer",
    "defaultLocale",
  ]);
  for (const { PackageIdentifier, PackageVersion, ManifestVersion } of manifests) {
    assert.deepEqual([PackageIdentifier, PackageVersion, ManifestVersion], [
      "someone.CodexSidecar",
      "1.2.3",
      "1.10.0",
    ]);
  }
  assert.deepEqual(
    manifests[1].Installers,
    [["x64", 4], ["arm64", 5]].map(([cpu, index]) => ({
      Architecture: cpu,
      InstallerUrl: at(`sidecar-windows-${cpu}.zip`),
      InstallerSha256: sum(Number(index)).toUpperCase(),
      NestedInstallerFiles: [{
        RelativeFilePath: `sidecar-windows-${cpu}\\sidecar.exe`,
        PortableCommandAlias: "sidecar",
      }],
    })),
  );
});

Deno.test("managers: twice the same release is twice the same files; a missing checksum or an odd name is refused", () => {
  assert.deepEqual(managerFiles(facts), files);
  const refused = (changed: Partial<typeof facts>, why: RegExp) =>
    assert.throws(() => managerFiles({ ...facts, ...changed }), why);
  for (const name of ARCHIVES) {
    const line = sums.split("\n").find((line) => line.endsWith(name));
    refused({ sums: sums.replace(`${line}\n`, "") }, /has 0 checksums of sidecar-/);
    refused({ sums: `${sums}${line}\n` }, /has 2 checksums/);
  }
  refused({ sums: sums.replaceAll("0a", "zz") }, /0 checksums/);
  refused({ version: '1.2.3"; system "x' }, /no version/);
  refused({ repository: "a/b\nc" }, /no owner/);
});

Deno.test("managers: an owner whose name looks like a number is a text to winget", () => {
  const numbered = managerFiles({ ...facts, repository: "2024/codex-sidecar" });
  const { Publisher, PackageIdentifier } = parse(
    numbered.get("2024.CodexSidecar.locale.en-US.yaml") ?? "",
  );
  assert.deepEqual([Publisher, PackageIdentifier], ["2024", "2024.CodexSidecar"]);
});

Deno.test("managers: no part of winget's identifier is longer than its schema allows", () => {
  const long = managerFiles({ ...facts, repository: `${"o".repeat(39)}/codex-sidecar` });
  assert.ok(long.has(`${"o".repeat(32)}.CodexSidecar.yaml`));
});
