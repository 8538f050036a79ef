import { chmodSync, renameSync } from "node:fs"
import { readdir, readlink, stat, utimes } from "node:fs/promises"
import { basename, join } from "node:path"
import { removeTree } from "../disk/remove-tree.js"
import { programName, type TaskKey } from "../model/deployment.js"
import { isDigest } from "../packages/digest.js"
import type { Store } from "../packages/store.js"
import type { Operations } from "./operations.js"
import type { Releases } from "./releases.js"

/** What pruning works on, and its limits. */
export interface PrunerParts {
  readonly releases: Releases
  readonly store: Store
  readonly operations: Operations
  readonly log: (line: string) => void
  /** Milliseconds from a change to the pruning after it. */
  readonly delay?: number
  /** Milliseconds that a package which no release needs is kept since it came or was asked for. */
  readonly unused?: number
}

/** Removes what no release needs any more, some time after a task changed. */
export interface Pruner {
  /** Does work that makes a release from a package; none is removed meanwhile. */
  whileNeeded<T>(work: () => Promise<T>): Promise<T>
  /** Notes that a package will be needed soon, when it is there; looks later for others, as on a relay, which has no tasks. */
  wanted(sha256: string): Promise<void>
  /** The task has changed: prunes it to `keep` releases later, so that no deploy waits for a disk that is busy removing. */
  changed(key: TaskKey, keep: number): void
  /** A task is gone: looks later for packages that no release needs. */
  removed(): void
  /** Prunes now what `changed` named. Never rejects. */
  prune(): Promise<void>
  close(): void
}

const A_MINUTE = 60_000
const A_DAY = 24 * 60 * A_MINUTE

export function pruner(parts: PrunerParts): Pruner {
  const { releases, store, operations, log, delay = A_MINUTE, unused = A_DAY } = parts
  const due = new Map<string, { readonly key: TaskKey; readonly keep: number }>()
  let timer: NodeJS.Timeout | undefined
  let needed = 0
  let begun = 0

  async function prune(): Promise<void> {
    timer = undefined
    const tasks = [...due.values()]
    due.clear()
    try {
      for (const { key, keep } of tasks) await pruneTask(key, keep)
      await prunePackages()
    } catch (error) {
      log(`old releases could not be removed: ${error instanceof Error ? error.message : error}`)
    }
  }

  async function pruneTask(key: TaskKey, keep: number): Promise<void> {
    const name = programName(key)
    await operations
      .between(name, () => releases.removeOldest(key, keep))
      .catch(error =>
        log(
          `old releases of ${name} could not be removed: ${error instanceof Error ? error.message : error}`,
        ),
      )
  }

  function later(): void {
    timer ??= setTimeout(() => void prune(), delay).unref()
  }

  async function prunePackages(): Promise<void> {
    const before = begun
    const used = await usedPackages(releases)
    if (!used) return
    const folders = [join(store.root, "packages"), join(store.root, "blobs", "sha256")]
    for (const folder of folders)
      for (const digest of await readdir(folder).catch(() => [])) {
        if (!isDigest(digest) || used.has(digest)) continue
        const path = join(folder, digest)
        if (Date.now() - (await stat(path)).mtimeMs < unused) continue
        const aside = store.stagingPath("unused")
        // Looked at and moved without a pause, so that no release can begin to need it in between.
        if (needed > 0 || begun !== before) return
        moveAside(path, aside)
        await removeTree(aside)
        log(`removed ${path}, which no release needs`)
      }
  }

  return {
    whileNeeded: async work => {
      begun++
      needed++
      try {
        return await work()
      } finally {
        needed--
      }
    },
    wanted: async sha256 => {
      const now = new Date()
      await utimes(store.path(sha256), now, now).catch(() => {})
      later()
    },
    changed: (key, keep) => {
      due.set(programName(key), { key, keep })
      later()
    },
    removed: later,
    prune,
    close: () => clearTimeout(timer),
  }
}

/** The packages that releases on this host are made of; undefined when that cannot be told of each. */
async function usedPackages(releases: Releases): Promise<ReadonlySet<string> | undefined> {
  const used = new Set<string>()
  for (const key of await releases.tasks()) {
    const folders = releases.layout.task(key)
    for (const id of await readdir(folders.releases).catch(() => [])) {
      const target = await readlink(join(folders.release(id), "package")).catch(() => undefined)
      if (target === undefined) return undefined
      used.add(basename(target))
    }
  }
  return used
}

function moveAside(path: string, aside: string): void {
  // Everybody but root needs write permission on a folder to move it; on a file it does no harm.
  chmodSync(path, 0o755)
  renameSync(path, aside)
}
