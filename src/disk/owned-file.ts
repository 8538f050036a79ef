import { randomBytes } from "node:crypto"
import { link, open, readFile, rm } from "node:fs/promises"
import { hostname } from "node:os"
import { setTimeout as sleep } from "node:timers/promises"
import { isAlive, type ProcessMark, processMark } from "./process-alive.js"

/** Who holds a file that only one process may hold. */
export interface Owner extends ProcessMark {
  /** The machine; a state folder may lie on a disk that several share. */
  readonly from: string
  /** Tells two holdings of one process apart. */
  readonly id: string
}

/** A file is held, or it is another's: the owner is undefined where the file cannot be read. */
export type Held =
  | { readonly held: true; release(): Promise<void> }
  | { readonly held: false; readonly owner: Owner | undefined }

const LOOK_EVERY = 20

/**
 * Makes `path` a sign that this process is at work, unless another one that lives is. A sign whose owner died is taken away
 * and never in the way; one of another machine cannot be judged from here and stays. Waits up to `patience` ms for its turn.
 * Errors are those of the file system.
 */
export async function hold(path: string, patience = 0): Promise<Held> {
  const end = performance.now() + patience
  for (;;) {
    const held = await attempt(path)
    if (held.held || performance.now() >= end) return held
    await sleep(LOOK_EVERY)
  }
}

/** Who holds the file now, if that is somebody who lives or cannot be judged; undefined where nobody does. */
export async function holderOf(path: string): Promise<Owner | undefined> {
  const owner = await ownerOf(path)
  return owner && !isDead(owner) ? owner : undefined
}

async function attempt(path: string): Promise<Held> {
  const own: Owner = { ...processMark(), from: hostname(), id: randomBytes(8).toString("hex") }
  if (await claim(path, own)) return { held: true, release: () => rm(path, { force: true }) }
  const owner = await ownerOf(path)
  if (owner && isDead(owner)) {
    await takeAway(path, owner)
    if (await claim(path, own)) return { held: true, release: () => rm(path, { force: true }) }
  }
  return { held: false, owner }
}

/** Linked and not opened, and synced before: whoever sees the file sees all of it, also when its maker or the machine dies in the middle. */
async function claim(path: string, own: Owner): Promise<boolean> {
  const aside = `${path}.${own.id}`
  try {
    await writeSynced(aside, JSON.stringify(own))
    await link(aside, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
    throw error
  } finally {
    await rm(aside, { force: true })
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/**
 * Two that find the same dead owner must not both remove the file, or the second would remove that of the first. So the
 * right to remove it is itself a file that one can hold, and its holder looks again.
 */
async function takeAway(path: string, dead: Owner): Promise<void> {
  const right = await attempt(`${path}.of-${dead.id}`)
  if (!right.held) return
  const now = await ownerOf(path)
  if (now?.id === dead.id) await rm(path, { force: true })
  await right.release()
}

function isDead(owner: Owner): boolean {
  return owner.from === hostname() && !isAlive(owner)
}

/** Of a file that is there and names nobody: nobody is writing it, because it appears whole, so a crash left it. */
const NOBODY: Owner = { pid: 0, born: "", from: hostname(), id: "nobody" }

/** Undefined where there is no file, or it cannot be read. */
async function ownerOf(path: string): Promise<Owner | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined)
  return text === undefined ? undefined : (named(text) ?? NOBODY)
}

function named(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<Owner> | null
    const isOwner =
      typeof owner?.pid === "number" && typeof owner.from === "string" && typeof owner.id === "string"
    return isOwner ? (owner as Owner) : undefined
  } catch {
    return undefined
  }
}
