import { setTimeout as sleep } from "node:timers/promises"
import type { TaskKey } from "../model/deployment.js"
import { FAULT } from "../model/fault.js"
import { Fault } from "../rpc/method.js"
import { oneLine } from "../rpc/printable.js"
import { recoverActivation } from "./activation.js"
import { mayStartAfterCrash } from "./bootstrap.js"
import { recoverControl } from "./control.js"
import type { DeploymentParts } from "./deployment-parts.js"
import { taskOf } from "./enrich.js"
import type { Recorded } from "./operation-journal.js"
import type { Resumed, Step } from "./operations.js"
import { removeFromHost } from "./removal.js"
import { stoppedBy } from "./stopped-by.js"

type Parts = Pick<
  DeploymentParts,
  "backend" | "releases" | "commands" | "orphans" | "pruner" | "now" | "operations" | "log"
>

/** What goes on beside the calls until everything that a crash cut off has its end. */
export interface Recovery {
  /** Resolves when nothing is left to bring to an end. */
  readonly over: Promise<void>
  /** Gives up what waits for its supervisor; the next process goes on with it. */
  close(): void
}

// A host that boots starts its agent and its supervisor in any order.
const AGAIN_AFTER = 1_000
// Longer than any boot; after it the task must be free for an operator's next change.
const PATIENCE = 5 * 60_000

/** Takes over the operations of earlier processes, and brings each that was cut off to its end: whole, or as if it never was. */
export function recover(recorded: readonly Recorded[], parts: Parts, log: (line: string) => void): Recovery {
  const closing = new AbortController()
  const works = recorded.flatMap(one => {
    if (one.end) {
      parts.operations.remember({ ...one, end: one.end })
      return []
    }
    log(`${one.op} was cut off after ${one.step?.name ?? "it was accepted"}`)
    const work = parts.operations.resume(one, step =>
      persistently(() => resolve(one, step, parts), one.op, closing.signal, log),
    )
    return [work.catch(error => log(`${one.op} could not be brought to its end: ${messageOf(error)}`))]
  })
  return { over: Promise.all(works).then(() => {}), close: () => closing.abort() }
}

async function resolve(recorded: Recorded, step: Step, parts: Parts): Promise<"over" | "never"> {
  const { op, user, intent } = recorded
  switch (intent.method) {
    case "activate":
      return recoverActivation(recorded, step, parts)
    case "control": {
      const key = taskOf({ name: intent.program, group: intent.program })
      if (key && intent.args.action !== "stop") await mayStartAfterCrash(key, step, parts.releases)
      return recoverControl(recorded, step, parts.backend, stoppedBy(recorded, parts))
    }
    case "remove": {
      if (!recorded.step) return "never"
      const { key, data } = intent.args as { key: TaskKey; data: boolean }
      await removeFromHost({ op, user, key, data }, step, parts)
      return "over"
    }
    // It touched no process, and what it left half done lies in staging and is gone.
    case "prepare":
      return "never"
    case "hook":
      if (!recorded.step) return "never"
      throw new Error("the agent ended while it ran, and it is not run again")
  }
}

/** Again until the supervisor answers; `later` when this process is to end before that. */
async function persistently(
  work: () => Promise<"over" | "never">,
  op: string,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<Resumed> {
  const until = performance.now() + PATIENCE
  for (let told = ""; ; ) {
    try {
      return await work()
    } catch (error) {
      if (!isSilence(error) || performance.now() > until) throw error
      const why = messageOf(error)
      if (why !== told) log(`${op} waits: ${why}`)
      told = why
    }
    await sleep(AGAIN_AFTER, undefined, { signal }).catch(() => {})
    if (signal.aborted) return "later"
  }
}

/** The supervisor is not there, or is just coming or going: what a program does wrong has faults of its own. */
function isSilence(error: unknown): boolean {
  return error instanceof Fault && (error.code === FAULT.FAILED || error.code === FAULT.SHUTDOWN_STATE)
}

function messageOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error))
}
