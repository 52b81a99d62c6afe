/**
 * Loads the bundled command. V8 compiles a function when it is first called, and a start calls
 * several thousand. So the compiled code is kept beside the bundle for the next start, if this
 * process may write there. Node.js can do that itself from version 22 on
 * (`module.enableCompileCache`).
 */
"use strict";
const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { Script, constants } = require("node:vm");

/** A whole start compiles more than this. Kept code that is smaller is replaced by a larger one. */
const wholeBytesMin = 2_000_000;
/** A service that runs for this long keeps its code, because it may never exit in order. */
const settledMs = 30_000;

function readKeptCode(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

function keepCode(script, file, keptBytes) {
  if (keptBytes > wholeBytesMin) return;
  const code = script.createCachedData();
  if (code.length <= keptBytes) return;
  try {
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, code);
    renameSync(draft, file);
  } catch {
    // The package belongs to another user, the disk is full, or the image is read-only.
  }
}

/**
 * Loads `main.cjs` from a folder.
 * @returns what the bundle exports.
 */
exports.loadCommand = function loadCommand(folder) {
  const filename = path.join(folder, "main.cjs");
  const source = readFileSync(filename, "utf8");
  const hash = source.slice(3, 19);
  // V8 rejects the code of another version and of a process with other options.
  const kept = path.join(folder, ["code", hash, process.version, ...process.execArgv].join("-"));
  const cachedData = readKeptCode(kept);
  const script = new Script(`(function (exports, require, __dirname) {${source}\n})`, {
    filename,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const bundle = {};
  script.runInThisContext()(bundle, require, folder);
  const keptBytes = script.cachedDataRejected ? 0 : (cachedData?.length ?? 0);
  const timer = setTimeout(() => keepCode(script, kept, keptBytes), settledMs);
  timer.unref();
  process.once("exit", (code) => {
    if (code === 0) keepCode(script, kept, keptBytes);
  });
  return bundle;
};
