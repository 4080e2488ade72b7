#!/usr/bin/env node
/*
 * The program of the npm package `codex-sidecar`: finds the binary of this machine's package and becomes it.
 *
 * Plain Node, 16 or newer, and no dependency. Where Node can replace itself (`process.execve`, 22.15 and newer, not on
 * Windows) nothing stands in between; elsewhere the binary is a child that gets every signal and whose end is passed on.
 */
"use strict";

const { execFileSync, spawn } = require("node:child_process");
const { accessSync, constants, existsSync } = require("node:fs");
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

/** What would stop the system from starting it. A failed `execve` would abort Node with a stack trace. */
function checkExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
  } catch (error) {
    cannotStart(path, error);
  }
}

function findBinary() {
  if (!builds.includes(HERE)) {
    const list = builds.join(", ");
    fail(`there is no build for ${HERE}`, `builds are for ${list}; or ${CHECKOUT}`);
  }
  const folder = folderOf(HERE);
  const name = process.platform === "win32" ? "sidecar.exe" : "sidecar";
  const path = folder && join(folder, "bin", name);
  checkLoader();
  if (path && existsSync(path)) {
    checkExecutable(path);
    return path;
  }
  const other = builds.find((build) => folderOf(build));
  const again = `npm install -g ${own.name}@${own.version} --include=optional`;
  if (other) {
    fail(
      `this machine is ${HERE}, and the program that is installed is for ${other}`,
      `node_modules of another machine or of another Node do not work here; install again: ${again}`,
    );
  }
  fail(
    `the package ${own.name}-${HERE}, which has the program, is not installed`,
    `optional dependencies were left out, or the registry does not have it; install again: ${again}`,
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
  // It warns that it is experimental on the next tick, which never comes
  process.execve(binary, [binary, ...words], process.env);
} else {
  runAsChild(binary, words);
}
