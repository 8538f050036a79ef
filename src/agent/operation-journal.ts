import { createHash } from "node:crypto"
import { type FileHandle, open, readdir, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { makeFolder, syncFolder } from "../disk/durable.js"
import type { StepName } from "../disk/failpoint.js"

/** What an operation is about: enough to bring it to an end after a crash, and no secret. */
export interface Intent {
  readonly method: "prepare" | "activate" | "remove" | "hook" | "control"
  /** Whose lease must not be another run's. */
  readonly cluster: ClusterNames
  /** Name of the program; operations on one program run one after another, and its changes are counted. */
  readonly program: string
  /** What `resolve` needs, as JSON. */
  readonly args: Readonly<Record<string, unknown>>
}

/** A cluster by its names. */
export interface ClusterNames {
  readonly service: string
  readonly cluster: string
}

/** What is written of an operation before anything is done. */
export interface Accepted {
  readonly op: string
  readonly argsHash: string
  /** Epoch seconds on the agent's clock: until then it may be sent again. */
  readonly notAfter: number
  readonly user: string
  readonly intent: Intent
  /** How often the program has been changed, this operation counted. */
  readonly generation: number
  /** Epoch milliseconds. */
  readonly at: number
}

/** What was found of an operation: how far it came, by what was written before each step. */
export interface Recorded extends Accepted {
  /** The last step that was begun, with what was known then; absent: it did nothing yet. */
  readonly step?: { readonly name: StepName; readonly facts: Readonly<Record<string, unknown>> }
  /** Absent: it was cut off. */
  readonly end?: Ending
}

export interface Ending {
  readonly state: "done" | "failed"
  readonly step: string
  readonly message: string
  /** Epoch milliseconds. */
  readonly at: number
}

/** Gets what happens to one operation; each line is on disk when its promise resolves. */
export interface OperationFile {
  step(name: StepName, facts: Readonly<Record<string, unknown>>): Promise<void>
  end(ending: Ending): Promise<void>
  /** Leaves it without an end, for the next process. */
  close(): Promise<void>
}

/** The operations of an agent on its disk, a file each. */
export interface OperationJournal {
  /** What earlier processes left, oldest first. A file that a crash cut before its first line was whole is no operation. */
  load(): Promise<readonly Recorded[]>
  /** Writes down that an operation will be carried out. */
  begin(accepted: Accepted): Promise<OperationFile>
  /** Goes on with one that was loaded. */
  resume(op: string): Promise<OperationFile>
  forget(op: string): Promise<void>
}

/** The journal in a folder, which is made when it is needed. */
export function operationJournal(folder: string): OperationJournal {
  const pathOf = (op: string): string =>
    join(folder, `${createHash("sha256").update(op).digest("hex").slice(0, 32)}.jsonl`)

  return {
    load: async () => {
      const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return []
        throw error
      })
      const found: Recorded[] = []
      for (const name of names) {
        const path = join(folder, name)
        const recorded = await readFile(path, "utf8").then(read, () => undefined)
        if (recorded) found.push(recorded)
        // On a disk that is read-only it stays, and is passed over again.
        else await rm(path, { recursive: true, force: true }).catch(() => {})
      }
      return found.sort((a, b) => a.at - b.at)
    },
    begin: async accepted => {
      await makeFolder(folder, 0o700)
      const file = await open(pathOf(accepted.op), "w", 0o600)
      try {
        await append(file, accepted)
        await syncFolder(folder)
      } catch (error) {
        await file.close().catch(() => {})
        // Half an operation must not be there when the disk has room again.
        await rm(pathOf(accepted.op), { force: true }).catch(() => {})
        throw error
      }
      return writer(file)
    },
    resume: async op => writer(await open(pathOf(op), "a")),
    forget: async op => {
      await rm(pathOf(op), { force: true })
      await syncFolder(folder)
    },
  }
}

function writer(file: FileHandle): OperationFile {
  return {
    step: (name, facts) => append(file, { step: name, facts }),
    end: async ending => {
      try {
        await append(file, { end: ending })
      } finally {
        await file.close()
      }
    },
    close: () => file.close(),
  }
}

async function append(file: FileHandle, line: object): Promise<void> {
  // The line break first ends what a full disk took of an earlier line.
  await file.appendFile(`\n${JSON.stringify(line)}\n`)
  await file.datasync()
}

function read(text: string): Recorded | undefined {
  const [first, ...rest] = text.split("\n").flatMap(parsed)
  const accepted = first as unknown as Accepted | undefined
  if (typeof accepted?.op !== "string" || typeof accepted.intent !== "object") return undefined
  const steps = rest.filter(line => typeof line.step === "string")
  const last = steps.at(-1)
  const end = rest.find(line => typeof line.end === "object")?.end as Ending | undefined
  return {
    ...accepted,
    ...(last ? { step: { name: last.step as StepName, facts: factsOf(steps) } } : {}),
    ...(end ? { end } : {}),
  }
}

/** What the steps knew, all of it: a later step does not say again what an earlier one said. */
function factsOf(steps: readonly Readonly<Record<string, unknown>>[]): Readonly<Record<string, unknown>> {
  return Object.assign({}, ...steps.map(step => step.facts))
}

function parsed(line: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === "object" && value !== null ? [value as Record<string, unknown>] : []
  } catch {
    return []
  }
}
