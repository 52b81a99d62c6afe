/**
 * Loads the bundled command, and exports what the bundle exports. V8 compiles a function when it is
 * first called; the code that a successful run has compiled is kept for the next one.
 */
"use strict";
const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { Script, constants } = require("node:vm");

/** A whole start compiles more than this. A smaller cache is replaced by a larger one. */
const wholeBytesMin = 2_000_000;

const filename = path.join(__dirname, "main.js");
// V8 rejects the code of a process with other options.
const cacheFile = path.join(__dirname, ["code-cache", ...process.execArgv].join(""));

function readCache() {
  try {
    return readFileSync(cacheFile);
  } catch {
    return undefined;
  }
}

function keepCode() {
  const keptBytes = cachedData?.length ?? 0;
  if (keptBytes > wholeBytesMin) return;
  const code = script.createCachedData();
  if (code.length <= keptBytes) return;
  try {
    const draft = `${cacheFile}.${process.pid}`;
    writeFileSync(draft, code);
    renameSync(draft, cacheFile);
  } catch {
    // Another user's process cannot write here, and a full disk is part of a test.
  }
}

const cachedData = readCache();
const source = readFileSync(filename, "utf8");
const script = new Script(`(function (exports, require) {${source}\n})`, {
  filename,
  cachedData,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
script.runInThisContext()(module.exports, require);

process.once("exit", (code) => {
  if (code === 0) keepCode();
});
