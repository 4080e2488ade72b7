/** `install.sh` for real: shells, a release page on loopback, and what is on disk afterwards. */

import assert from "node:assert/strict";
import { archive, install, SAID, SCRIPT, type Setup, UNAME, which } from "./install_world.ts";

/** On Windows there is no sh; there the release workflow runs install.ps1. */
const ignore = Deno.build.os === "windows";

const PROGRAM = `755 echo "${SAID}"`;
const DONE = {
  "home/.local": "folder",
  "home/.local/bin": "folder",
  "home/.local/bin/sidecar": PROGRAM,
};
const LATEST = ["latest/download/SHA256SUMS", "latest/download/sidecar-linux-x64.tar.gz"];
const asked = (platform: string) => [LATEST[0], `latest/download/sidecar-${platform}.tar.gz`];

const shells: readonly (readonly string[])[] = [
  ["sh"],
  ["dash"],
  ["busybox", "sh"],
  ["mksh"],
  ["zsh"],
  ["bash", "--posix"],
];
for (const shell of shells) {
  const here = which(shell[0] ?? "") !== undefined;
  Deno.test({
    name: `install: ${shell.join(" ")} installs the latest release, whole, and says what is next${
      here ? "" : " (ignored: this machine has no such shell)"
    }`,
    ignore: ignore || !here,
    async fn() {
      const { untouched: _, ...run } = await install({ shell });
      assert.deepEqual(run, {
        code: 0,
        out: `fetching $PAGE/latest/download/sidecar-linux-x64.tar.gz
installed sidecar ${SAID}: $ROOT/home/.local/bin/sidecar

$ROOT/home/.local/bin is not on your PATH. Run this line, and put it at the end of ~/.bashrc:
  export PATH="$HOME/.local/bin":"$PATH"

Next: sidecar init   shows what it would change in the settings of Codex, and asks first
`,
        err: "",
        asked: LATEST,
        disk: DONE,
      });
    },
  });
}

const good: [
  name: string,
  setup: Setup,
  expected: { asked?: unknown; disk?: unknown; out?: RegExp },
][] = [
  ["asks for the version that is named", { env: { SIDECAR_VERSION: "0.1.0" } }, {
    asked: ["download/v0.1.0/SHA256SUMS", "download/v0.1.0/sidecar-linux-x64.tar.gz"],
  }],
  ["takes a version with a v", { env: { SIDECAR_VERSION: "v0.2.0-rc.1" } }, {
    asked: ["download/v0.2.0-rc.1/SHA256SUMS", "download/v0.2.0-rc.1/sidecar-linux-x64.tar.gz"],
  }],
  ["knows Linux on arm64", { fake: { uname: UNAME("Linux", "aarch64") } }, {
    asked: asked("linux-arm64"),
  }],
  ["knows an Intel Mac", {
    fake: { uname: UNAME("Darwin", "x86_64", "Darwin"), sysctl: "echo 0" },
  }, { asked: asked("macos-x64") }],
  ["knows an Intel Mac that never heard of Rosetta", {
    fake: { uname: UNAME("Darwin", "x86_64", "Darwin"), sysctl: "exit 1" },
  }, { asked: asked("macos-x64") }],
  ["knows Apple silicon", { fake: { uname: UNAME("Darwin", "arm64", "Darwin") } }, {
    asked: asked("macos-arm64"),
  }],
  ["sees through Rosetta", {
    fake: { uname: UNAME("Darwin", "x86_64", "Darwin"), sysctl: "echo 1" },
  }, { asked: asked("macos-arm64") }],
  ["uses wget where there is no curl", { without: ["curl"], besides: ["wget"] }, { disk: DONE }],
  ["uses shasum where there is no sha256sum", {
    without: ["sha256sum"],
    besides: ["shasum"],
  }, { disk: DONE }],
  ["uses openssl where there is neither", {
    without: ["sha256sum", "shasum"],
    besides: ["openssl"],
  }, { disk: DONE }],
  ["runs from standard input", { piped: SCRIPT.length }, { disk: DONE }],
  ["goes to a folder with spaces", { env: { SIDECAR_INSTALL_DIR: "$ROOT/home/my own's/bin" } }, {
    disk: {
      "home/my own's": "folder",
      "home/my own's/bin": "folder",
      "home/my own's/bin/sidecar": PROGRAM,
    },
  }],
  ["takes a relative folder", { env: { SIDECAR_INSTALL_DIR: "home/here/" } }, {
    disk: { "home/here": "folder", "home/here/sidecar": PROGRAM },
  }],
  ["says nothing of PATH where the folder is on it", {
    env: { PATH: "$ROOT/fake:$ROOT/bin:$ROOT/home/.local/bin" },
  }, { out: /^fetching .*\ninstalled .*\n\nNext: .*\n$/ }],
  ["names a program that comes first on PATH", {
    fake: { sidecar: "true" },
  }, { out: /\nAnother one comes first on your PATH: \$ROOT\/fake\/sidecar\n/ }],
  ["knows fish", { env: { SHELL: "/usr/bin/fish" } }, {
    out: /Run this once:\n {2}fish_add_path "\$HOME\/\.local\/bin"\n/,
  }],
  ["knows zsh", { env: { SHELL: "/bin/zsh" } }, { out: /end of ~\/\.zshrc:\n/ }],
  ["knows the bash of a Mac", {
    fake: { uname: UNAME("Darwin", "arm64", "Darwin") },
  }, { out: /end of ~\/\.bash_profile:\n/ }],
  ["knows any other shell", { env: { SHELL: "" } }, { out: /end of ~\/\.profile:\n/ }],
  ["does nothing in a dry run, and says what it would do", { args: ["--dry-run"] }, {
    asked: [],
    disk: {},
    out:
      /^would fetch {3}\$PAGE\/latest\/download\/sidecar-linux-x64\.tar\.gz\nand check it against \$PAGE\/latest\/download\/SHA256SUMS\nwould install \$ROOT\/home\/\.local\/bin\/sidecar\n$/,
  }],
  ["does nothing but explain itself", { args: ["--help"] }, {
    asked: [],
    disk: {},
    out: /SIDECAR_BASE_URL/,
  }],
  ["passes its arguments on from standard input", { piped: SCRIPT.length, args: ["--dry-run"] }, {
    asked: [],
    disk: {},
  }],
  ["asks GitHub where no mirror is named", { env: { SIDECAR_BASE_URL: "" }, args: ["--dry-run"] }, {
    out:
      /^would fetch {3}https:\/\/github\.com\/someone\/codex-sidecar\/releases\/latest\/download\//,
  }],
];
for (const [name, setup, expected] of good) {
  const missing = setup.besides?.find((tool) => !which(tool));
  Deno.test({
    name: `install: ${name}${missing ? ` (ignored: this machine has no ${missing})` : ""}`,
    ignore: ignore || missing !== undefined,
    async fn() {
      const run = await install(setup);
      assert.deepEqual([run.code, run.err], [0, ""], run.out);
      if (expected.asked) assert.deepEqual(run.asked, expected.asked);
      if (expected.disk) assert.deepEqual(run.disk, expected.disk);
      if (expected.out) assert.match(run.out, expected.out);
    },
  });
}

const cut = (await archive("sidecar-linux-x64")).slice(0, 150);
const bad: [name: string, setup: Setup, says: RegExp, asked: readonly unknown[]][] = [
  [
    "an archive with another checksum",
    {
      assets: { SHA256SUMS: `${"0".repeat(64)}  sidecar-linux-x64.tar.gz\n` },
    },
    /^install: sidecar-linux-x64\.tar\.gz has another checksum .*\n {2}-> Nothing was installed/,
    LATEST,
  ],
  [
    "a checksum that is not there",
    {
      assets: { SHA256SUMS: `${"0".repeat(64)}  sidecar-linux-x64.tar.gz.sig\n` },
    },
    /^install: SHA256SUMS of that release names no checksum of sidecar-linux-x64\.tar\.gz\n/,
    LATEST,
  ],
  [
    "a page in place of the checksums",
    {
      assets: { SHA256SUMS: "<html>\nlog in sidecar-linux-x64.tar.gz\n" },
    },
    /names no checksum/,
    LATEST,
  ],
  [
    "a release that is not there",
    { assets: { SHA256SUMS: null } },
    /install: \$PAGE\/latest\/download\/SHA256SUMS could not be downloaded\n {2}-> .*SIDECAR_BASE_URL/,
    LATEST.slice(0, 1),
  ],
  [
    "an archive that is not there",
    { assets: { "sidecar-linux-x64.tar.gz": null } },
    /sidecar-linux-x64\.tar\.gz could not be downloaded\n/,
    LATEST,
  ],
  [
    "an archive that is not there, with wget",
    {
      assets: { "sidecar-linux-x64.tar.gz": null },
      without: ["curl"],
      besides: ["wget"],
    },
    /sidecar-linux-x64\.tar\.gz could not be downloaded\n/,
    LATEST,
  ],
  [
    "an archive that was cut before its checksum was made",
    {
      assets: { "sidecar-linux-x64.tar.gz": cut },
    },
    /^install: sidecar-linux-x64\.tar\.gz is not the archive it should be\n/,
    LATEST,
  ],
  [
    "an archive of something else",
    {
      assets: { "sidecar-linux-x64.tar.gz": await archive("other") },
    },
    /is not the archive it should be\n/,
    LATEST,
  ],
  [
    "a program that does not run",
    { program: "echo 'GLIBC_2.99 not found' >&2; exit 1" },
    /^GLIBC_2\.99 not found\ninstall: the program does not run on this machine, and nothing was installed\n {2}-> It needs glibc/,
    LATEST,
  ],
  [
    "a program that does not run on a Mac",
    {
      program: "exit 137",
      fake: { uname: UNAME("Darwin", "arm64", "Darwin") },
    },
    /does not run on this Mac, and nothing was installed\n {2}-> It is signed ad hoc/,
    asked("macos-arm64"),
  ],
  [
    "a machine without a build",
    { fake: { uname: UNAME("Linux", "riscv64") } },
    /^install: there is no build for Linux on riscv64\n/,
    [],
  ],
  [
    "a system without a build",
    { fake: { uname: UNAME("FreeBSD", "amd64") } },
    /^install: there is no build for FreeBSD\n/,
    [],
  ],
  [
    "Windows",
    { fake: { uname: UNAME("MINGW64_NT-10.0-26100", "x86_64", "Msys") } },
    /^install: this is Windows.*\n {2}-> In PowerShell, use install\.ps1/,
    [],
  ],
  [
    "Android",
    { fake: { uname: UNAME("Linux", "aarch64", "Android") } },
    /^install: there is no build for Android\n/,
    [],
  ],
  [
    "musl",
    { fake: { ldd: "echo 'musl libc (x86_64)' >&2; exit 1" } },
    /^install: this system has musl, and the builds need glibc\n/,
    [],
  ],
  [
    "a 32-bit system on a 64-bit kernel",
    { fake: { getconf: "echo 32" } },
    /^install: this is a 32-bit system/,
    [],
  ],
  [
    "nothing to download with",
    { without: ["curl"] },
    /^install: neither curl nor wget is here/,
    [],
  ],
  [
    "nothing to check with",
    { without: ["sha256sum", "shasum"] },
    /^install: nothing here computes a SHA-256\n/,
    LATEST,
  ],
  ["nothing to unpack with", { without: ["tar"] }, /^install: tar is not here/, []],
  [
    "a mirror without TLS",
    { env: { SIDECAR_BASE_URL: "http://mirror.example/x" } },
    /^install: SIDECAR_BASE_URL is http:\/\/mirror\.example\/x, which is not https\n/,
    [],
  ],
  [
    "a mirror whose name begins like loopback",
    {
      env: { SIDECAR_BASE_URL: "http://127.0.0.1.example/x" },
    },
    /which is not https\n/,
    [],
  ],
  [
    "a mirror that hides behind loopback",
    { env: { SIDECAR_BASE_URL: "http://localhost:1@example/x" } },
    /which is not https\n/,
    [],
  ],
  [
    "a mirror of another kind",
    { env: { SIDECAR_BASE_URL: "file:///x" } },
    /which is not https\n/,
    [],
  ],
  [
    "a version that is a path",
    { env: { SIDECAR_VERSION: "0/../../x" } },
    /^install: SIDECAR_VERSION is 0\/\.\.\/\.\.\/x, which is no version\n/,
    [],
  ],
  ["a version that is a word", { env: { SIDECAR_VERSION: "newest" } }, /which is no version\n/, []],
  [
    "an option that it does not know",
    { args: ["--force"] },
    /^install: there is no option --force\n/,
    [],
  ],
  ["an environment without a home", { env: { HOME: "" } }, /^install: HOME is not set/, []],
  [
    "a folder that is below a file",
    {
      before: (root) => Deno.writeTextFileSync(`${root}/home/file`, ""),
      env: { SIDECAR_INSTALL_DIR: "$ROOT/home/file/bin" },
    },
    /^install: \$ROOT\/home\/file\/bin cannot be written to\n {2}-> .*root is not needed/,
    LATEST,
  ],
  [
    "a folder in the program's place",
    {
      before: (root) => Deno.mkdirSync(`${root}/home/.local/bin/sidecar`, { recursive: true }),
    },
    /^install: \$ROOT\/home\/\.local\/bin\/sidecar is a folder\n/,
    LATEST,
  ],
];
for (const [name, setup, says, asked] of bad) {
  const missing = setup.besides?.find((tool) => !which(tool));
  Deno.test({
    name: `install: refuses ${name}, and leaves nothing behind`,
    ignore: ignore || missing !== undefined,
    async fn() {
      const run = await install(setup);
      assert.match(run.err.replace(/^(curl|tar): .*\n/gm, ""), says);
      assert.deepEqual(
        { code: run.code, asked: run.asked, untouched: run.untouched },
        { code: 1, asked, untouched: true },
      );
    },
  });
}
