#!/usr/bin/env node
// CommonJS, and what it loads too: Node needs 8 ms to begin with modules.
const { readFileSync } = require("node:fs")
const { dirname, join } = require("node:path")

// A reader that has seen enough (`minos status | head`) is no error. The result is written last, so nobody waits for more;
// the story is written all along, and a run or an agent must not end because nobody listens to it, or its disk is full.
process.stdout.on("error", error => {
  if (error.code === "EPIPE") process.exit(process.exitCode ?? 0)
  process.stderr.write(`minos: the result could not be written: ${error.message}\n`)
  process.exit(process.exitCode || 1)
})
process.stderr.on("error", () => {})
// All is done and written. Node would go on to take its memory apart, 30 ms after 10,000 targets.
process.on("beforeExit", () => process.exit())

const root = dirname(__dirname)
if (process.argv[2] === "--version") {
  // Answered before anything is loaded: scripts ask for it often.
  const { name, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
} else {
  const { load } = require("./load.js")
  load(join(root, "dist", "bundle", "minos.js")).run(root)
}
