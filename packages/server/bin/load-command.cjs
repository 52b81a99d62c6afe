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

/** Less is the code of a short command, which a service's code replaces. */
const serviceBytesMin = 2_000_000;
/** A process that ran for this long has compiled what a service needs for its work. */
const serviceSecondsMin = 10;
/** Code that is larger by this factor is worth the tenth of a second that keeping it takes. */
const growthMin = 1.05;

function readKeptCode(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

function keepCode(script, file, keptBytes) {
  if (keptBytes > serviceBytesMin && process.uptime() < serviceSecondsMin) return;
  const code = script.createCachedData();
  if (code.length <= keptBytes * growthMin) return;
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
  const source = readFileSync(filename, "latin1");
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
  process.once("exit", (code) => {
    if (code === 0) keepCode(script, kept, keptBytes);
  });
  return bundle;
};
