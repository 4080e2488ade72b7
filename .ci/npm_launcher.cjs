#!/usr/bin/env node
/*
 * The program of the npm package `codex-sidecar`: finds the binary of this machine's package and becomes it.
 *
 * Plain Node, 16 or newer, and no dependency. Where Node can replace itself (`process.execve`, 22.15 and newer, not on
 * Windows) nothing stands in between; elsewhere the binary is a child that gets every signal and whose end is passed on.
 */
"use strict";

const { execFileSync, spawn } = require("node:child_process");
const { accessSync, closeSync, constants, existsSync, openSync, readSync } = require("node:fs");
const { constants: system } = require("node:os");
const { dirname, join } = require("node:path");
const own = require("../package.json");

const HERE = `${process.platform}-${process.arch}`;
const builds = Object.keys(own.optionalDependencies).map((name) => name.slice(own.name.length + 1));
const CHECKOUT = "run it from a checkout, as docs/install.md says";

/** One sentence of what is wrong, one of what to do; exit code 2 is the program's own for wrong usage. */
function fail(fact, hint) {
  process.stderr.write(`sidecar: ${fact}\n  -> ${hint}\n`);
  process.exit(2);
}

/** The folder of a platform's package as Node resolves it; `undefined` where it is not installed. */
function folderOf(build) {
  try {
    return dirname(require.resolve(`${own.name}-${build}/package.json`));
  } catch (error) {
    if (error.code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

/** Where a program for glibc expects its loader; musl and NixOS have none there, and say only "no such file". */
const LOADERS = {
  "linux-x64": "/lib64/ld-linux-x86-64.so.2",
  "linux-arm64": "/lib/ld-linux-aarch64.so.1",
};

function checkLoader() {
  const loader = LOADERS[HERE];
  if (loader === undefined || existsSync(loader)) return;
  fail(
    `the program needs glibc, and this Linux does not have it: there is no ${loader}`,
    "use the container image; docs/install.md says how",
  );
}

const AGAIN = `install again: npm install -g ${own.name}@${own.version} --include=optional`;

/** How a program begins: ELF, Mach-O of one processor or several, Windows' own; a script, which tests put in its place. */
const BEGINS = /^(?:7f454c46|cffaedfe|cafebabe|4d5a|2321)/;

/** What would stop the system from starting it. A failed `execve` would end Node with a stack trace. */
function checkProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    if (BEGINS.test(beginOf(path))) return;
  } catch (error) {
    if (error.code !== "ENOENT") cannotStart(path, error);
    fail(
      `${path}, the program itself, is not there`,
      `something removed it, such as a virus scanner; ${AGAIN}`,
    );
  }
  fail(`${path} is damaged: it is no program for this system`, AGAIN);
}

function beginOf(path) {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(4);
    return bytes.toString("hex", 0, readSync(file, bytes, 0, 4, 0));
  } catch (error) {
    if (error.code === "EISDIR") return "";
    throw error;
  } finally {
    closeSync(file);
  }
}

function findBinary() {
  if (!builds.includes(HERE)) {
    const list = builds.join(", ");
    fail(`there is no build for ${HERE}`, `builds are for ${list}; or ${CHECKOUT}`);
  }
  checkLoader();
  const folder = folderOf(HERE);
  if (folder) {
    const { version } = require(join(folder, "package.json"));
    if (version !== own.version) {
      fail(
        `${own.name} is version ${own.version}, and the program that is installed with it is ${version}`,
        AGAIN,
      );
    }
    const path = join(folder, "bin", process.platform === "win32" ? "sidecar.exe" : "sidecar");
    checkProgram(path);
    return path;
  }
  const other = builds.find((build) => folderOf(build));
  if (other) {
    fail(
      `this machine is ${HERE}, and the program that is installed is for ${other}`,
      `node_modules of another machine or of another Node do not work here; ${AGAIN}`,
    );
  }
  fail(
    `the package ${own.name}-${HERE}, which has the program, is not installed`,
    `optional dependencies were left out, or the registry does not have it; ${AGAIN}`,
  );
}

function cannotStart(path, error) {
  const hint = error.code === "EACCES"
    ? "the file is not executable, or its file system does not permit it; install again"
    : "install again, or take the program from the release page";
  fail(`${path} cannot be started: ${error.code || error.message}`, hint);
}

/** Whether a Ctrl-C of the terminal reaches the child by itself: it is sent to the whole foreground group. */
function inForeground() {
  try {
    const options = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    const said = execFileSync("ps", ["-o", "pgid=,tpgid=", "-p", String(process.pid)], options);
    const [group, foreground] = said.trim().split(/\s+/);
    return group === foreground;
  } catch {
    return Boolean(process.stdin.isTTY); // no ps here
  }
}

function runAsChild(path, args) {
  let child = null;
  const signals = process.platform === "win32"
    ? ["SIGINT", "SIGBREAK", "SIGHUP"]
    : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
  // Before the child starts: it may be up, and be signalled, before the next line of this runs
  const handlers = signals.map((signal) => {
    const handler = () => {
      // Windows sends a console's events to both; the first Ctrl-C must not arrive as two
      if (process.platform === "win32") return;
      if ((signal === "SIGINT" || signal === "SIGQUIT") && inForeground()) return;
      child.kill(signal);
    };
    process.on(signal, handler);
    return [signal, handler];
  });
  child = spawn(path, args, { stdio: "inherit" });
  child.on("error", (error) => cannotStart(path, error));
  child.on("exit", (code, signal) => {
    for (const [name, handler] of handlers) process.removeListener(name, handler);
    if (signal === null) process.exit(code);
    process.exitCode = 128 + (system.signals[signal] || 0);
    process.kill(process.pid, signal);
  });
}

const binary = findBinary();
const words = process.argv.slice(2);
if (process.platform !== "win32" && typeof process.execve === "function") {
  try {
    // It warns that it is experimental on the next tick, which never comes
    process.execve(binary, [binary, ...words], process.env);
  } catch (error) {
    cannotStart(binary, error); // as newer versions of Node tell it
  }
} else {
  runAsChild(binary, words);
}
