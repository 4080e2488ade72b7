/**
 * What package managers are told of a release: a Homebrew formula, a Scoop manifest, three winget manifests.
 *
 * One pure function of the version, the repository and `SHA256SUMS`: the same release gives the same files.
 *
 * @module
 */

/** What the files are written from. */
export interface ReleaseFacts {
  /** `0.1.0` */
  readonly version: string;
  /** `owner/name` on GitHub. */
  readonly repository: string;
  /** The text of `SHA256SUMS`: lines of `sha256sum`. */
  readonly sums: string;
}

const DESCRIPTION = "Keeps OpenAI Codex sessions alive on other providers' models";
const WINGET = "1.10.0";
/** The longest part of an identifier of winget's; GitHub's owners may have 39 characters. */
const MOST_PART = 32;

/**
 * The files by their names, each with its text.
 *
 * @throws {Error} Where an archive has no checksum, or the version or repository could break out of the texts.
 */
export function managerFiles(facts: ReleaseFacts): ReadonlyMap<string, string> {
  const { version, repository } = facts;
  if (!/^[A-Za-z\d][\w-]*\/[\w.-]+$/.test(repository)) {
    throw new Error(`${repository} is no owner/name`);
  }
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) throw new Error(`${version} is no version`);
  const archive = (name: string): Archive => ({
    url: `https://github.com/${repository}/releases/download/v${version}/${name}`,
    sha256: checksum(facts.sums, name),
  });
  return new Map([
    ["codex-sidecar.rb", formula(facts, archive)],
    ["codex-sidecar.json", scoop(facts, archive)],
    ...winget(facts, archive),
  ]);
}

interface Archive {
  readonly url: string;
  readonly sha256: string;
}
type Find = (name: string) => Archive;

function checksum(sums: string, name: string): string {
  const found = sums.split("\n").map((line) => /^([\da-f]{64}) [ *](.+)$/.exec(line))
    .filter((match) => match?.[2] === name);
  const sum = found[0]?.[1];
  if (found.length !== 1 || sum === undefined) {
    throw new Error(`SHA256SUMS has ${found.length} checksums of ${name}`);
  }
  return sum;
}

function formula({ version, repository }: ReleaseFacts, archive: Find): string {
  const build = (system: string, cpu: string, word: string) => {
    const { url, sha256 } = archive(`sidecar-${system}-${cpu}.tar.gz`);
    return `    on_${word} do\n      url "${url}"\n      sha256 "${sha256}"\n    end\n`;
  };
  const on = (system: string) =>
    `  on_${system} do\n${build(system, "arm64", "arm")}${build(system, "x64", "intel")}  end\n`;
  return `# Written by the release of ${version}
class CodexSidecar < Formula
  desc "${DESCRIPTION}"
  homepage "https://github.com/${repository}"
  version "${version}"
  license "MIT"

${on("macos")}
${on("linux")}
  def install
    bin.install "sidecar"
    generate_completions_from_executable(bin/"sidecar", "completions")
    doc.install "config.example.yaml"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/sidecar --version")
  end
end
`;
}

function scoop({ version, repository }: ReleaseFacts, archive: Find): string {
  const page = `https://github.com/${repository}`;
  const name = (cpu: string) => `sidecar-windows-${cpu}`;
  const build = (cpu: string) => {
    const { url, sha256 } = archive(`${name(cpu)}.zip`);
    return { url, hash: sha256, extract_dir: name(cpu) };
  };
  const later = (cpu: string) => ({ url: `${page}/releases/download/v$version/${name(cpu)}.zip` });
  const manifest = {
    version,
    description: DESCRIPTION,
    homepage: page,
    license: "MIT",
    architecture: { "64bit": build("x64"), arm64: build("arm64") },
    bin: "sidecar.exe",
    checkver: "github",
    autoupdate: {
      architecture: { "64bit": later("x64"), arm64: later("arm64") },
      hash: { url: "$baseurl/SHA256SUMS" },
    },
  };
  return `${JSON.stringify(manifest, undefined, 4)}\n`;
}

function winget({ version, repository }: ReleaseFacts, archive: Find): [string, string][] {
  const [owner = ""] = repository.split("/");
  const id = `${owner.slice(0, MOST_PART)}.CodexSidecar`;
  const manifest = (kind: string, lines: readonly string[]) =>
    [
      `# yaml-language-server: $schema=https://aka.ms/winget-manifest.${kind}.${WINGET}.schema.json`,
      `PackageIdentifier: ${id}`,
      `PackageVersion: ${version}`,
      ...lines,
      `ManifestType: ${kind}`,
      `ManifestVersion: ${WINGET}`,
      "",
    ].join("\n");
  const installer = (cpu: string) => {
    const { url, sha256 } = archive(`sidecar-windows-${cpu}.zip`);
    return [
      `- Architecture: ${cpu}`,
      `  InstallerUrl: ${url}`,
      `  InstallerSha256: ${sha256.toUpperCase()}`,
      "  NestedInstallerFiles:",
      `  - RelativeFilePath: sidecar-windows-${cpu}\\sidecar.exe`,
      "    PortableCommandAlias: sidecar",
    ];
  };
  return [
    [`${id}.yaml`, manifest("version", ["DefaultLocale: en-US"])],
    [
      `${id}.installer.yaml`,
      manifest("installer", [
        "InstallerType: zip",
        "NestedInstallerType: portable",
        "Commands:",
        "- sidecar",
        "Installers:",
        ...installer("x64"),
        ...installer("arm64"),
      ]),
    ],
    [
      `${id}.locale.en-US.yaml`,
      manifest("defaultLocale", [
        "PackageLocale: en-US",
        // Quoted: an owner's name may look like a number
        `Publisher: ${JSON.stringify(owner)}`,
        "PackageName: Codex Sidecar",
        `PackageUrl: https://github.com/${repository}`,
        "License: MIT",
        `ShortDescription: ${DESCRIPTION}`,
        `ReleaseNotesUrl: https://github.com/${repository}/releases/tag/v${version}`,
        "Moniker: sidecar",
      ]),
    ],
  ];
}
