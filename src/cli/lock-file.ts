import { randomBytes } from "node:crypto"
import { link, readFile, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import * as z from "zod"
import { makeFolder, writeDurable } from "../disk/durable.js"
import { hold } from "../disk/owned-file.js"
import { isAlive, type ProcessMark } from "../disk/process-alive.js"
import type { FileLock } from "../model/host-lock.js"
import type { Holder } from "../model/lease.js"

/** Who holds a lock file: a run, and the process that it is. */
export interface FileOwner extends Holder, ProcessMark {}

/** What a look at a lock file finds; `damaged` is nobody's. */
export type FoundFile = FileOwner | "damaged" | undefined

export type FileTaken =
  | { readonly kind: "held" }
  | { readonly kind: "refused"; readonly owner: FileOwner | undefined }

const TRIES = 50
const PRIVATE = 0o700
/** Milliseconds to wait for another process that removes the same file. */
const PATIENCE = 5_000

const owner = z.object({
  run: z.string(),
  who: z.string(),
  from: z.string(),
  command: z.string(),
  since: z.string(),
  pid: z.int().positive(),
  born: z.string(),
})

/** The lock file of a cluster in a state folder. */
export function lockPath(state: string, service: string, cluster: string): string {
  return join(state, "locks", `${service}.${cluster}.json`)
}

/**
 * Makes the lock file, which is there whole or not at all; that of a process that is dead is taken over. Throws the errors of the
 * file system.
 */
export async function takeLockFile(path: string, mine: FileOwner): Promise<FileTaken> {
  await makeFolder(dirname(dirname(path)), PRIVATE)
  await makeFolder(dirname(path), PRIVATE)
  let found: FoundFile
  for (let tries = 0; tries < TRIES; tries++) {
    if (await create(path, mine)) return { kind: "held" }
    found = await readLockFile(path)
    if (isHeld(found, mine.from)) break
    await removeDead(path, mine.from)
  }
  return { kind: "refused", owner: found === "damaged" ? undefined : found }
}

/** Whose the file is, dead or alive. Throws the errors of the file system. */
export async function readLockFile(path: string): Promise<FoundFile> {
  let text: string
  try {
    text = await readFile(path, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  }
  try {
    return owner.parse(JSON.parse(text))
  } catch {
    return "damaged"
  }
}

/** Removes the file when it is that of this run; false when it is not. */
export function releaseLockFile(path: string, run: string): Promise<boolean> {
  return removeIf(path, found => found !== "damaged" && found.run === run)
}

/** Removes the file when its owner is dead, or when nobody can tell whose it is. False when it stays, or is not there. */
export function removeDead(path: string, here: string): Promise<boolean> {
  return removeIf(path, found => !isHeld(found, here))
}

/**
 * True while the owner lives. Of another machine, with which the folder is shared, that cannot be known, and the file counts as held;
 * `here` is the name of this one.
 */
export function isHeld(found: FoundFile, here: string): boolean {
  if (found === undefined || found === "damaged") return false
  return found.from !== here || isAlive(found)
}

/** A lock file as others get to see it; `here` is the name of this machine. Undefined for none, and for a damaged one. */
export async function seenFile(path: string, here: string): Promise<FileLock | undefined> {
  const found = await readLockFile(path)
  if (found === undefined || found === "damaged") return undefined
  const { born: _born, ...file } = found
  const elsewhere = found.from !== here
  return { ...file, owner: elsewhere ? "elsewhere" : isAlive(found) ? "lives" : "dead" }
}

/** Linked into place, because a file that is made and then written is empty for a moment. False when there is one. */
async function create(path: string, mine: FileOwner): Promise<boolean> {
  const aside = `${path}.${randomBytes(6).toString("hex")}`
  try {
    await writeDurable(aside, `${JSON.stringify(mine)}\n`, { mode: 0o600 })
    await link(aside, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
    throw error
  } finally {
    await rm(aside, { force: true })
  }
}

/** One process at a time: between look and removal, another could have put its own file there. */
async function removeIf(path: string, wanted: (found: FileOwner | "damaged") => boolean): Promise<boolean> {
  if ((await readLockFile(path)) === undefined) return false
  const turn = await hold(`${path}.removal`, PATIENCE)
  if (!turn.held) return false
  try {
    const found = await readLockFile(path)
    // What is made after the look at nothing is another's, and not to be removed.
    if (found === undefined || !wanted(found)) return false
    await rm(path, { force: true })
    return true
  } finally {
    await turn.release()
  }
}
