#!/usr/bin/env node
import { execute } from "@oclif/core"

// A reader that has seen enough (`minos status | head`) is no error. The result is written last, so nobody waits for more;
// the story is written all along, and a run must not end in the middle because nobody listens to it.
process.stdout.on("error", error => {
  if (error.code === "EPIPE") process.exit(process.exitCode ?? 0)
  throw error
})
process.stderr.on("error", error => {
  if (!["EPIPE", "EIO"].includes(error.code)) throw error
})

await execute({ dir: import.meta.url })
