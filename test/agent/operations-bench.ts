import { join } from "node:path"
import { onTestFinished } from "vitest"
import { type Audit, openAudit } from "../../src/agent/audit.js"
import { operationJournal } from "../../src/agent/operation-journal.js"
import { type Operations, operations } from "../../src/agent/operations.js"
import type { OperationState } from "../../src/model/deployment.js"
import { until } from "../support/until.js"
import { temporaryFolder } from "./support.js"

/** Epoch seconds at which the operations of a test begin. */
export const NOW = 1_000

export interface OperationsBench extends Operations {
  readonly root: string
  readonly lines: string[]
  readonly audit: Audit
  later(seconds: number): void
  /** The operation's state, once it does not run any more. */
  ended(op: string): Promise<OperationState>
  /** The operations as another process on the same root finds them. */
  next(): Promise<
    OperationsBench & { readonly left: Awaited<ReturnType<ReturnType<typeof operationJournal>["load"]>> }
  >
}

/** Operations on a real disk, on a clock that a test moves. */
export async function operationsBench(
  options: {
    readonly kept?: number
    readonly keptFor?: number
    readonly root?: string
    readonly audit?: Audit
    readonly now?: () => number
  } = {},
): Promise<OperationsBench> {
  const root = options.root ?? (await temporaryFolder())
  const lines: string[] = []
  let now = NOW
  const isOwn = options.audit === undefined
  const audit = options.audit ?? (await openAudit(root, line => lines.push(line)))
  if (isOwn) onTestFinished(() => audit.close())
  const journal = operationJournal(join(root, "operations"))
  const leases = { refusal: () => undefined }
  const all = operations({
    journal,
    audit,
    leases,
    now: () => now,
    log: line => lines.push(line),
    ...options,
  })
  return {
    ...all,
    root,
    lines,
    audit,
    later: seconds => {
      now += seconds
    },
    ended: op =>
      until(`${op} has ended`, async () => {
        const state = all.state(op)
        return state.state !== "running" && state
      }),
    next: async () => ({
      ...(await operationsBench({ ...options, root, audit })),
      left: await journal.load(),
    }),
  }
}
