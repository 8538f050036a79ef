import { createHash } from "node:crypto"
import { constants, type FileHandle, open, readFile } from "node:fs/promises"
import { dirname } from "node:path"
import { syncFolder } from "./durable.js"

/** What a record says besides its place in the chain. */
export type RecordFields = Readonly<Record<string, unknown>>

/** A record of a chained log. `hash` is the sha256 of the line without it; `prev` that of the record before, "" for the first. */
export type ChainedRecord = RecordFields & {
  /** Counts from 1. */
  readonly seq: number
  /** When it was written, ISO 8601 in UTC. */
  readonly time: string
  readonly prev: string
  readonly hash: string
}

/** An append-only log of JSON lines, each of which names the hash of the one before: what was changed or cut shows. */
export interface ChainedLog {
  /** When it resolves, the record survives a power cut; when it rejects, the log is as it was. Order is kept. */
  append(fields: RecordFields): Promise<ChainedRecord>
  /** Hash of the last record; "" while there is none. */
  head(): string
  close(): Promise<void>
}

/** Whether a chain is whole, and where it is not. */
export type Verdict =
  | { readonly ok: true; readonly records: number; readonly head: string }
  | { readonly ok: false; readonly seq: number; readonly why: string }

/**
 * Opens a log for this process, which must be its only writer; made where there is none. Half a line that a crash left at
 * the end was never promised to anyone and is taken away; any other damage throws, and `verifyLog` says where it is.
 */
export async function openLog(path: string, { mode = 0o600 } = {}): Promise<ChainedLog> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, mode)
  try {
    return await appender(file, path)
  } catch (error) {
    await file.close()
    throw error
  }
}

/** The records of a log, oldest first, without a look at their hashes; half a line at the end is passed over. */
export async function readLog(path: string): Promise<readonly ChainedRecord[]> {
  const lines = await linesOf(path)
  return lines.map((line, n) => parse(line, n + 1))
}

/** Reckons every hash of a log again. Half a line at the end is a crash and no forgery: it is passed over. */
export async function verifyLog(path: string): Promise<Verdict> {
  const lines = await linesOf(path)
  let prev = ""
  for (const [n, line] of lines.entries()) {
    const why = problem(line, n + 1, prev)
    if (why !== undefined) return { ok: false, seq: n + 1, why }
    prev = hashOf(line)
  }
  return { ok: true, records: lines.length, head: prev }
}

async function appender(file: FileHandle, path: string): Promise<ChainedLog> {
  const { last, bytes } = await endOf(file)
  let size = bytes
  if ((await file.stat()).size > size) await file.truncate(size)
  await file.sync()
  if (last === undefined) await syncFolder(dirname(path))
  let seq = last?.seq ?? 0
  let prev = last?.hash ?? ""
  let turn: Promise<unknown> = Promise.resolve()
  let waiting: Waiting[] = []
  let broken: Error | undefined

  /** All that waits in one write and one sync: a sync costs more than the rest together. */
  async function flush(): Promise<void> {
    const batch = waiting
    waiting = []
    if (batch.length === 0) return
    if (broken) return refuse(batch, broken)
    const before = { seq, prev }
    const links = batch.map(({ fields }) => {
      const link = linked(fields, ++seq, prev)
      prev = link.record.hash
      return link
    })
    const text = Buffer.from(links.map(({ line }) => line).join(""))
    try {
      await file.writeFile(text)
      await file.datasync()
      size += text.length
      for (const [n, { done }] of batch.entries()) done(links[n]!.record)
    } catch (error) {
      seq = before.seq
      prev = before.prev
      // What a full disk took in part goes again, or the next record would stand behind half a line.
      await file.truncate(size).catch(cannot => {
        broken = cannot as Error
      })
      refuse(batch, error as Error)
    }
  }

  return {
    append: fields =>
      new Promise((done, fail) => {
        waiting.push({ fields, done, fail })
        turn = turn.then(flush)
      }),
    head: () => prev,
    close: async () => {
      await turn
      await file.close()
    },
  }
}

interface Waiting {
  readonly fields: RecordFields
  readonly done: (record: ChainedRecord) => void
  readonly fail: (error: Error) => void
}

function refuse(batch: readonly Waiting[], error: Error): void {
  for (const { fail } of batch) fail(error)
}

/** A record and its line, which is what JSON.stringify makes of it. */
function linked(fields: RecordFields, seq: number, prev: string): { record: ChainedRecord; line: string } {
  const body = { seq, time: new Date().toISOString(), prev, ...fields }
  const text = JSON.stringify(body)
  const hash = digest(text)
  return { record: Object.assign(body, { hash }), line: `${text.slice(0, -1)},"hash":"${hash}"}\n` }
}

function problem(line: string, seq: number, prev: string): string | undefined {
  let record: ChainedRecord
  try {
    record = parse(line, seq)
  } catch (error) {
    return (error as Error).message
  }
  if (record.seq !== seq) return `it says that it is record ${record.seq}`
  if (record.prev !== prev) return "it does not follow the record before it"
  const { hash, ...body } = record
  if (line !== JSON.stringify(record) || digest(JSON.stringify(body)) !== hash)
    return "its content is not that of its hash"
  return undefined
}

function parse(line: string, seq?: number): ChainedRecord {
  const broken = new Error(seq === undefined ? "its last record is none" : `record ${seq} is no record`)
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw broken
  }
  const record = value as ChainedRecord | null
  const right =
    typeof record === "object" &&
    record !== null &&
    typeof record.seq === "number" &&
    typeof record.prev === "string" &&
    typeof record.hash === "string"
  if (!right) throw broken
  return record
}

function hashOf(line: string): string {
  return (JSON.parse(line) as ChainedRecord).hash
}

const CHUNK = 64 * 1024

/** The last whole record, and where it ends: read from the end, for a log may be years long. */
async function endOf(
  file: FileHandle,
): Promise<{ readonly last: ChainedRecord | undefined; readonly bytes: number }> {
  const { size } = await file.stat()
  let tail = Buffer.alloc(0)
  for (let from = size; ; ) {
    const length = Math.min(CHUNK, from)
    from -= length
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, from)
    tail = Buffer.concat([buffer, tail])
    const end = tail.lastIndexOf(0x0a)
    const before = end <= 0 ? -1 : tail.lastIndexOf(0x0a, end - 1)
    if (before < 0 && from > 0) continue
    if (end < 0) return { last: undefined, bytes: 0 }
    return { last: parse(tail.toString("utf8", before + 1, end)), bytes: from + end + 1 }
  }
}

/** The whole lines. */
async function linesOf(path: string): Promise<readonly string[]> {
  const content = await readFile(path)
  const end = content.lastIndexOf(0x0a)
  return end < 0 ? [] : content.toString("utf8", 0, end).split("\n")
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex")
}
