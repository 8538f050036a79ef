const { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs")
const { Script } = require("node:vm")

/** The bundle ends with a hash of itself, in hexadecimal and a newline (scripts/bundle.js). */
const HASH_LENGTH = 65
/** As stacks name it (src/cli/source-stack.ts). */
const NAME = "dist/bundle/minos.js"

/**
 * What the bundle exports. The code that V8 makes of it is kept beside it, because to make it takes longer than all that a
 * command does. It is made anew by the first run with another Node, where the folder may be written to. V8 refuses one of
 * another version or options of its own, but of a bundle it looks at the length alone: the hash of the bundle ends it too.
 */
exports.load = path => {
  const kept = `${path}.${process.version}-${process.arch}`
  // All of it is ASCII, which is read faster in this way.
  const text = readFileSync(path, "latin1")
  const hash = text.slice(-HASH_LENGTH)
  const cachedData = readIfOf(hash, kept)
  // Not its path: the code keeps the name, and an installed bundle comes with code that was made elsewhere.
  const script = new Script(text, { filename: NAME, cachedData })
  // At the end, when the functions that a command needs are compiled as well.
  if ((cachedData === undefined || script.cachedDataRejected) && isUsual())
    process.once("exit", () => keep(kept, script, hash))
  const module = { exports: {} }
  script.runInThisContext()(module.exports, require, module)
  return module.exports
}

/** With other options V8 makes other code, and two kinds of runs would take turns in writing theirs. */
function isUsual() {
  return process.execArgv.length === 0 && !process.env.NODE_OPTIONS
}

function readIfOf(hash, path) {
  try {
    const data = readFileSync(path)
    return data.toString("latin1", data.length - HASH_LENGTH) === hash
      ? data.subarray(0, -HASH_LENGTH)
      : undefined
  } catch {
    return undefined
  }
}

function keep(path, script, hash) {
  const aside = `${path}.${process.pid}`
  try {
    const file = openSync(aside, "wx", 0o644)
    try {
      writeFileSync(file, script.createCachedData())
      writeFileSync(file, hash)
      // V8 trusts what it made: with a part of it lost in a power cut, no command would live to say so.
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(aside, path)
  } catch {
    // Somebody else's folder, or a full disk: the next run is as slow as this one.
    rmSync(aside, { force: true })
  }
}
