import { readdir, readlink, rename, stat, utimes } from "node:fs/promises"
import { basename, join, relative } from "node:path"
import { linkDurable, makeFolder, syncFolder, writeDurable } from "../disk/durable.js"
import { removeTree } from "../disk/remove-tree.js"
import { type PrepareRequest, programName, type TaskKey } from "../model/deployment.js"
import { reveal } from "../model/secret.js"
import { oneLine } from "../rpc/printable.js"
import type { Program } from "./backend.js"
import { appendHistory } from "./history.js"
import { type Layout, layout } from "./layout.js"
import { startScript } from "./start-script.js"
import { readStoredRelease, type StoredRelease, storedRelease } from "./stored-release.js"

/** The releases on the disk of one host. What is damaged there counts as absent, and the log says so once. */
export interface Releases {
  readonly layout: Layout
  /** The release is there, whole. */
  has(key: TaskKey, id: string): Promise<boolean>
  /** Makes a release whose package is unpacked already; it appears whole or not at all. A damaged one is replaced. */
  make(request: PrepareRequest): Promise<void>
  /** Notes that a release is wanted or ran until now, so that `removeOldest` takes others first. */
  touch(key: TaskKey, id: string): Promise<void>
  /** Makes the release the current one, in one step. */
  switchTo(key: TaskKey, id: string): Promise<void>
  /** How often a switch was begun: what was read while this stays the same fits together. */
  switches(): number
  read(key: TaskKey, id: string): Promise<StoredRelease | undefined>
  current(key: TaskKey): Promise<StoredRelease | undefined>
  /** Every task on this host. */
  tasks(): Promise<readonly TaskKey[]>
  /** The current release of every task on this host. */
  all(): Promise<readonly StoredRelease[]>
  /** Removes releases but the current one and the `keep` last used. No operation on the task may run. */
  removeOldest(key: TaskKey, keep: number): Promise<void>
  /** The program of a task, whichever release is current; settings are those of `release`. */
  program(release: StoredRelease): Program
  /** Adds a line to the task's history. */
  record(key: TaskKey, event: Readonly<Record<string, unknown>>): Promise<void>
}

/** The releases below an agent's root folder. */
export function releases(
  root: string,
  staging: (label: string) => string,
  log: (line: string) => void,
): Releases {
  const at = layout(root)
  // A release never changes, so a release.json is read once; which release is current is looked at each time.
  const parsed = new Map<string, StoredRelease>()
  const complained = new Set<string>()
  let switches = 0

  async function has(key: TaskKey, id: string): Promise<boolean> {
    const folder = at.task(key).release(id)
    const parts = await Promise.all([exists(join(folder, "start")), exists(join(folder, "package"))])
    return parts.every(Boolean) && (await read(key, id)) !== undefined
  }

  async function make(request: PrepareRequest): Promise<void> {
    const folders = at.task(request)
    const target = folders.release(request.release.id)
    for (const folder of [folders.releases, folders.data, folders.log, folders.run]) await makeFolder(folder)
    const aside = staging(`release-${request.release.id}`)
    try {
      await makeFolder(aside)
      await linkDurable(join(aside, "package"), relative(target, at.package(request.release.package.sha256)))
      // 0700: the values of the environment may be secrets.
      await writeDurable(join(aside, "start"), scriptOf(request, folders, target), { mode: 0o700 })
      await writeDurable(join(aside, "release.json"), `${JSON.stringify(storedRelease(request), null, 2)}\n`)
      if (await exists(target)) await remove(target)
      await rename(aside, target)
      await syncFolder(folders.releases)
    } catch (error) {
      await removeTree(aside)
      throw error
    }
  }

  async function read(key: TaskKey, id: string): Promise<StoredRelease | undefined> {
    const file = join(at.task(key).release(id), "release.json")
    const before = parsed.get(file)
    if (before) return before
    try {
      const release = await readStoredRelease(file, key, id)
      parsed.set(file, release)
      return release
    } catch (error) {
      if (!complained.has(file)) log(`${file} is damaged and passed over: ${reasonOf(error)}`)
      complained.add(file)
      return undefined
    }
  }

  async function currentId(key: TaskKey): Promise<string | undefined> {
    try {
      return basename(await readlink(at.task(key).current))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async function current(key: TaskKey): Promise<StoredRelease | undefined> {
    const id = await currentId(key)
    return id === undefined ? undefined : read(key, id)
  }

  async function tasks(): Promise<readonly TaskKey[]> {
    const found: TaskKey[] = []
    for (const service of await names(at.tasks))
      for (const cluster of await names(join(at.tasks, service)))
        for (const job of await names(join(at.tasks, service, cluster)))
          for (const instance of await names(join(at.tasks, service, cluster, job)))
            if (/^\d{1,4}$/.test(instance)) found.push({ service, cluster, job, instance: Number(instance) })
    return found
  }

  async function removeOldest(key: TaskKey, keep: number): Promise<void> {
    const folders = at.task(key)
    const now = await currentId(key)
    const others = (await names(folders.releases)).filter(id => id !== now)
    const used = await Promise.all(others.map(async id => (await stat(folders.release(id))).mtimeMs))
    const newestFirst = others.map((id, n) => ({ id, used: used[n]! })).sort((a, b) => b.used - a.used)
    for (const { id } of newestFirst.slice(keep)) {
      await remove(folders.release(id))
    }
  }

  async function remove(folder: string): Promise<void> {
    const aside = staging("removing")
    // Moved first, so that half a release never stands where a whole one is expected.
    await rename(folder, aside)
    parsed.delete(join(folder, "release.json"))
    complained.delete(join(folder, "release.json"))
    await removeTree(aside)
  }

  return {
    layout: at,
    has,
    make,
    touch: async (key, id) => {
      const now = new Date()
      await utimes(at.task(key).release(id), now, now).catch(() => {})
    },
    switchTo: async (key, id) => {
      switches++
      await linkDurable(at.task(key).current, join("releases", id))
    },
    switches: () => switches,
    read,
    current,
    tasks,
    all: async () => {
      const found = await Promise.all((await tasks()).map(current))
      return found.filter(release => release !== undefined)
    },
    removeOldest,
    program: release => {
      const folders = at.task(release)
      return {
        name: programName(release),
        command: join(folders.current, "start"),
        directory: folders.root,
        settings: release.settings,
        stdoutLog: join(folders.log, "stdout.log"),
        stderrLog: join(folders.log, "stderr.log"),
      }
    },
    record: (key, event) => appendHistory(at.task(key).history, event),
  }
}

function scriptOf(request: PrepareRequest, folders: ReturnType<Layout["task"]>, target: string): string {
  const own = Object.entries(request.release.process.env).map(([name, value]) => [name, reveal(value)])
  return startScript({
    argv: request.release.process.argv,
    directory: join(target, "package"),
    env: {
      MINOS_SERVICE: request.service,
      MINOS_CLUSTER: request.cluster,
      MINOS_REGION: request.region,
      MINOS_HOST: request.host,
      MINOS_JOB: request.job,
      MINOS_TASK: request.task,
      MINOS_INSTANCE: String(request.instance),
      MINOS_RELEASE: request.release.id,
      MINOS_DATA_DIR: folders.data,
      MINOS_LOG_DIR: folders.log,
      MINOS_RUN_DIR: folders.run,
      ...Object.fromEntries(own),
    },
  })
}

async function names(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** Nothing is there, or not what should be: a file where a folder is expected, a folder where a link is. */
function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "")
}

function reasonOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error))
}
