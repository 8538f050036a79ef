const { readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs")
const { Script } = require("node:vm")

/**
 * What the bundle exports. The code that V8 makes of it is kept beside it, because to make it takes longer than all that a
 * command does. It is made anew by the first run with another Node, where the folder may be written to; V8 refuses one that does
 * not fit. The folder is replaced as a whole when the file is.
 */
exports.load = path => {
  const kept = `${path}.${process.version}-${process.arch}`
  const cachedData = readIfThere(kept)
  // All of it is ASCII, which is read faster in this way.
  const script = new Script(readFileSync(path, "latin1"), { filename: path, cachedData })
  // At the end, when the functions that a command needs are compiled as well.
  if ((cachedData === undefined || script.cachedDataRejected) && isUsual())
    process.once("exit", () => keep(kept, script.createCachedData()))
  const module = { exports: {} }
  script.runInThisContext()(module.exports, require, module)
  return module.exports
}

/** With other options V8 makes other code, and two kinds of runs would take turns in writing theirs. */
function isUsual() {
  return process.execArgv.length === 0 && !process.env.NODE_OPTIONS
}

function readIfThere(path) {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

function keep(path, data) {
  const aside = `${path}.${process.pid}`
  try {
    writeFileSync(aside, data, { flag: "wx", mode: 0o644 })
    renameSync(aside, path)
  } catch {
    // Somebody else's folder, or a full disk: the next run is as slow as this one.
    rmSync(aside, { force: true })
  }
}
