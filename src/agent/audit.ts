import { chmod } from "node:fs/promises"
import { join } from "node:path"
import { type ChainedLog, openLog } from "../disk/chained-log.js"
import { diskError } from "../packages/error.js"
import type { Fault, MethodTable } from "../rpc/method.js"
import { oneLine } from "../rpc/printable.js"
import { deploymentFault } from "./faults.js"

/**
 * What became of a call that would change something. `undone`: it was accepted, and a crash ended it before it changed
 * anything; when it is sent again, it is accepted again.
 */
export type Audited = "accepted" | "again" | "refused" | "undone"

/** One call that would change something, as the audit keeps it. No secret is in it. */
export interface AuditRecord {
  /** The authenticated caller; "" on an open agent. */
  readonly user: string
  readonly method: string
  /** What the call is about: a program, or the digest of a package. */
  readonly about: string
  readonly verdict: Audited
  readonly op?: string
  /** Who says to have sent it, where the call tells: many share one user. */
  readonly who?: string
  readonly argsHash?: string
  /** Why it was refused. */
  readonly why?: string
}

/** The audit of an agent: one record for each changing call, written before the call has any effect. */
export interface Audit {
  /** Throws the fault UNAUDITED when it cannot be written; the call must then not be executed. */
  note(record: AuditRecord): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the audit of the agent with this root. Where it cannot be opened (a disk that is read-only, a chain that somebody
 * broke) the agent still answers those who only look: the log says why, and every change is refused.
 */
export async function openAudit(root: string, log: (line: string) => void): Promise<Audit> {
  const path = join(root, "audit.jsonl")
  const opened = await openChain(path).catch((error: Error) => error)
  if (opened instanceof Error) log(`${path}: ${messageOf(opened)}; every change is refused`)
  return {
    note: async record => {
      try {
        if (opened instanceof Error) throw opened
        await opened.append({ ...record })
      } catch (error) {
        throw unaudited(error)
      }
    },
    close: async () => {
      if (!(opened instanceof Error)) await opened.close()
    },
  }
}

/** The fault for a call that nothing can be written of, which is why it must not be executed. */
export function unaudited(error: unknown): Fault {
  const { code, message } = diskError(error, "writing it down")
  return deploymentFault("UNAUDITED", `${code}: ${oneLine(message)}; nothing was done`)
}

async function openChain(path: string): Promise<ChainedLog> {
  const log = await openLog(path)
  // The umask may have been 0.
  await chmod(path, 0o600)
  return log
}

function messageOf(error: Error): string {
  return oneLine(error.message)
}

/** Methods of `supervisor.*` that change something. */
const CHANGING = new Set(
  (
    "startProcess startProcessGroup startAllProcesses stopProcess stopProcessGroup stopAllProcesses signalProcess " +
    "signalProcessGroup signalAllProcesses reloadConfig addProcessGroup removeProcessGroup clearProcessLogs clearProcessLog " +
    "clearAllProcessLogs clearLog sendProcessStdin sendRemoteCommEvent shutdown restart"
  )
    .split(" ")
    .map(name => `supervisor.${name}`),
)

/** The methods, those that change something on the supervisor noted before they run. */
export function withAudit(methods: MethodTable, audit: Audit): MethodTable {
  return new Map(
    [...methods].map(([name, method]) => {
      if (!CHANGING.has(name)) return [name, method]
      return [
        name,
        {
          ...method,
          call: async (params, context) => {
            const about = typeof params[0] === "string" ? oneLine(params[0], 200) : ""
            await audit.note({ user: context.user, method: name, about, verdict: "accepted" })
            return method.call(params, context)
          },
        },
      ]
    }),
  )
}
