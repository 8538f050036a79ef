import { existsSync } from "node:fs"
import { readlink, rename, rm, stat, utimes } from "node:fs/promises"
import { basename, join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { linkDurable, makeFolder, syncFolder, writeDurable } from "../disk/durable.js"
import { failpoint } from "../disk/failpoint.js"
import { removeTree } from "../disk/remove-tree.js"
import { type PrepareRequest, programName, type Switch, type TaskKey } from "../model/deployment.js"
import { oneLine } from "../rpc/printable.js"
import { type Accounts, hostAccounts } from "./accounts.js"
import type { Program } from "./backend.js"
import { type DataDisks, type DataFolder, dataDisks, type Until } from "./data-disks.js"
import { deploymentFault } from "./faults.js"
import { appendHistory, hasHappened, recentHistory } from "./history.js"
import { type Layout, layout, type TaskFolders } from "./layout.js"
import { exists, isMissing, names } from "./look.js"
import { runnerOf } from "./ownership.js"
import { releaseScripts } from "./release-scripts.js"
import { readStoredRelease, type StoredRelease } from "./stored-release.js"
import { giveFolders } from "./task-folders.js"
import { removeTaskFolder } from "./task-removal.js"
import { writeRelease } from "./write-release.js"

// Enough to go back behind any run that an operator still remembers.
const SWITCHES = 20

/** The releases on the disk of one host. What is damaged there counts as absent, and the log says so once. */
export interface Releases {
  readonly layout: Layout
  readonly disks: DataDisks
  /** The release is there, whole. */
  has(key: TaskKey, id: string): Promise<boolean>
  /** Where the data of a release will be. Throws PRECONDITION when the host has no such disk, or the task's data is elsewhere. */
  placeOf(request: PrepareRequest): Promise<readonly DataFolder[]>
  /** The release is there, whole, and its data is where it says. Throws PRECONDITION as `make` does. */
  isMade(request: PrepareRequest): Promise<boolean>
  /** Makes a release whose package is unpacked already; it appears whole or not at all. A damaged one is replaced. */
  make(request: PrepareRequest): Promise<void>
  /** Notes that a release which is there is wanted, and adds the script to it that older agents did not write. */
  renew(request: PrepareRequest): Promise<void>
  /** Notes that a release ran until now, so that `removeOldest` takes others first. */
  touch(key: TaskKey, id: string): Promise<void>
  /** Makes the release the current one, in one step. */
  switchTo(key: TaskKey, id: string): Promise<void>
  /** How often a switch was begun: what was read while this stays the same fits together. */
  switches(): number
  read(key: TaskKey, id: string): Promise<StoredRelease | undefined>
  current(key: TaskKey): Promise<StoredRelease | undefined>
  /** Id of the release that was current before the one that is, going by the task's history; it may be gone. */
  previous(key: TaskKey): Promise<string | undefined>
  /** The last switches of a task, newest first. */
  recentSwitches(key: TaskKey): Promise<readonly Switch[]>
  /** The releases of a task, the current one first, then the newest use first. */
  kept(key: TaskKey): Promise<readonly StoredRelease[]>
  /** Every task on this host. */
  tasks(): Promise<readonly TaskKey[]>
  /** The current release of every task on this host. */
  all(): Promise<readonly StoredRelease[]>
  /**
   * Removes all releases but `keep` of them, those used last; never the current one, the one before, or the one prepared
   * last, which may be about to run. No operation on the task may run.
   */
  removeOldest(key: TaskKey, keep: number): Promise<void>
  /** Removes all releases; data, logs and history stay. The task must be stopped, as for `removeTask`. */
  removeAll(key: TaskKey): Promise<void>
  /** Removes whatever a task has here. */
  removeTask(key: TaskKey): Promise<void>
  /** A release of the task has run here, going by what is current and by its history. */
  everRan(key: TaskKey): Promise<boolean>
  /** The folders of a release's data, the main one first. */
  dataOf(release: StoredRelease): readonly DataFolder[]
  /** Throws PRECONDITION when the data of the task is not where the release says. */
  mustFindData(release: StoredRelease): Promise<void>
  /**
   * Gives the folders that a release writes to whoever it runs as; the task must be stopped, or run as that user already. Without a
   * user that is an agent's own that is root, where the task had a user once.
   */
  claim(release: StoredRelease): Promise<void>
  /** The program of a task, whichever release is current; settings are those of `release`. */
  program(release: StoredRelease): Program
  /** Adds a line to the task's history. */
  record(key: TaskKey, event: Readonly<Record<string, unknown>>): Promise<void>
  /** Adds a line to the history of the host. */
  recordOfHost(event: Readonly<Record<string, unknown>>): Promise<void>
}

export interface ReleasesOptions {
  /** The host's own unless given. */
  readonly accounts?: Accounts | undefined
  /** Absolute paths of the data disks; none for one disk below the root. */
  readonly dataDirs?: readonly string[] | undefined
}

/** The releases below an agent's root folder. */
export function releases(
  root: string,
  staging: (label: string) => string,
  log: (line: string) => void,
  { accounts = hostAccounts, dataDirs = [] }: ReleasesOptions = {},
): Releases {
  const at = layout(root)
  const disks = dataDisks(at, dataDirs)
  // A release never changes, so a release.json is read once; which release is current is looked at each time.
  const parsed = new Map<string, StoredRelease>()
  const complained = new Set<string>()
  let switches = 0

  async function has(key: TaskKey, id: string): Promise<boolean> {
    const folder = at.task(key).release(id)
    const release = await read(key, id)
    if (!release) return false
    const parts = ["start", "package", ...(release.files.length > 0 ? ["files"] : [])]
    return (await Promise.all(parts.map(part => exists(join(folder, part))))).every(Boolean)
  }

  async function make(request: PrepareRequest): Promise<void> {
    const folders = at.task(request)
    const target = folders.release(request.release.id)
    await makeFolder(folders.releases)
    const aside = staging(`release-${request.release.id}`)
    try {
      await writeRelease(aside, request, { layout: at, accounts, data: await placeOf(request) })
      if (await exists(target)) await remove(target)
      await rename(aside, target)
      await syncFolder(folders.releases)
      await touch(request, request.release.id)
    } catch (error) {
      await removeTree(aside)
      throw error
    }
  }

  async function placeOf(request: PrepareRequest): Promise<readonly DataFolder[]> {
    const now = await current(request)
    return disks.find(request, request.release.data, until(request, now))
  }

  function until(key: TaskKey, now: StoredRelease | undefined): Until {
    return {
      before: now && dataOf(now),
      everRan: async () => (await exists(at.task(key).bootstrapped)) || everRan(key),
    }
  }

  async function everRan(key: TaskKey): Promise<boolean> {
    return (await currentId(key)) !== undefined || hasHappened(at.task(key).history, "activated")
  }

  function dataOf(release: StoredRelease): readonly DataFolder[] {
    return release.data.length > 0 ? release.data : [{ disk: 0, folder: at.task(release).data }]
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

  /** Releases are told apart by the time of their folder. It is later than all others even if the clock was set back. */
  async function touch(key: TaskKey, id: string): Promise<void> {
    const folders = at.task(key)
    const others = (await names(folders.releases)).filter(name => name !== id)
    const uses = await Promise.all(others.map(name => lastUse(folders.release(name))))
    // Whole milliseconds, since what is set may be read back a little earlier.
    const time = new Date(Math.max(Date.now(), ...uses.map(use => Math.ceil(use ?? 0) + 1)))
    await utimes(folders.release(id), time, time).catch(() => {})
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

  async function previous(key: TaskKey): Promise<string | undefined> {
    const now = await currentId(key)
    const events = await recentHistory(at.task(key).history)
    // An activation is written down before it switches, so the last one may not have come to it. One that put the task
    // back came from a release that nobody wants to go back to.
    const switched = events.findLast(
      ({ event, op, from, to }) =>
        event === "activate" && to === now && from !== now && !String(op).includes("/revert/"),
    )
    return typeof switched?.from === "string" ? switched.from : undefined
  }

  async function recentSwitches(key: TaskKey): Promise<readonly Switch[]> {
    const events = await recentHistory(at.task(key).history)
    return events
      .filter(({ event, op }) => event === "activated" && typeof op === "string")
      .slice(-SWITCHES)
      .reverse()
      .map(({ op, from }) => ({ op: String(op), from: typeof from === "string" ? from : "" }))
  }

  /** Ids, the current one first, then the newest use first. */
  async function byUse(key: TaskKey): Promise<readonly string[]> {
    const folders = at.task(key)
    const now = await currentId(key)
    const used = await Promise.all(
      (await names(folders.releases)).map(async id => ({ id, at: await lastUse(folders.release(id)) })),
    )
    return used
      .filter(release => release.at !== undefined)
      .sort((a, b) => Number(b.id === now) - Number(a.id === now) || b.at! - a.at!)
      .map(({ id }) => id)
  }

  async function kept(key: TaskKey): Promise<readonly StoredRelease[]> {
    const ids = (await byUse(key)).filter(id => /^[0-9a-f]{16}$/.test(id))
    const found = await Promise.all(ids.map(id => read(key, id)))
    return found.filter(release => release !== undefined)
  }

  async function removeOldest(key: TaskKey, keep: number): Promise<void> {
    const [now, before, newestFirst] = [await currentId(key), await previous(key), await byUse(key)]
    const newest = newestFirst.find(id => id !== now)
    const staying = newestFirst.filter(id => id === now || id === before || id === newest)
    const others = newestFirst.filter(id => !staying.includes(id))
    for (const id of others.slice(Math.max(0, keep - staying.length))) await remove(at.task(key).release(id))
  }

  async function removeAll(key: TaskKey): Promise<void> {
    const folders = at.task(key)
    if (!(await exists(folders.root))) return
    switches++
    // First, so that an agent that is killed here does not start the task again.
    await rm(folders.current, { force: true })
    await syncFolder(folders.root)
    for (const id of await names(folders.releases)) await remove(folders.release(id))
    if (await exists(folders.releases)) await syncFolder(folders.releases)
  }

  async function remove(folder: string): Promise<void> {
    const aside = staging("removing")
    await failpoint("prune-before")
    // Moved first, so that half a release never stands where a whole one is expected.
    await rename(folder, aside)
    parsed.delete(join(folder, "release.json"))
    complained.delete(join(folder, "release.json"))
    await removeTree(aside)
    await failpoint("prune-after")
  }

  return {
    layout: at,
    disks,
    has,
    placeOf,
    isMade: async request => {
      const { id } = request.release
      if (!(await has(request, id))) return false
      const stored = await read(request, id)
      return stored !== undefined && isDeepStrictEqual(dataOf(stored), await placeOf(request))
    },
    dataOf,
    mustFindData: async release => {
      const now = await current(release)
      const wanted = dataOf(release)
      const found = await disks.find(
        release,
        wanted.map(({ disk }) => disk),
        until(release, now),
      )
      const moved = wanted.find(({ folder }, n) => folder !== found[n]?.folder)
      if (moved) throw madeForElsewhere(release.id, moved.folder)
    },
    make,
    renew: async request => {
      const folder = at.task(request).release(request.release.id)
      const exec = join(folder, "exec")
      if (!(await exists(exec)))
        await writeDurable(exec, releaseScripts(request, at.task(request), await placeOf(request)).exec, {
          mode: 0o700,
        })
      await touch(request, request.release.id)
    },
    touch,
    switchTo: async (key, id) => {
      switches++
      await linkDurable(at.task(key).current, join("releases", id))
    },
    switches: () => switches,
    read,
    current,
    previous,
    recentSwitches,
    kept,
    tasks,
    all: async () => {
      const found = await Promise.all((await tasks()).map(current))
      return found.filter(release => release !== undefined)
    },
    removeOldest,
    removeAll,
    removeTask: async key => {
      await removeAll(key)
      // Its own folder last, which says that the task is here.
      await disks.remove(key)
      await removeTaskFolder(at.task(key).root, staging("removing"), at.tasks)
    },
    everRan,
    claim: async release => {
      const { user } = release.settings
      const folders = at.task(release)
      const { own } = accounts
      // Without a user now or ever, they may be whose the host's operator wants.
      if (user === undefined && (own.uid !== 0 || !hadUser(folders))) return
      const data = dataOf(release).map(({ folder }) => folder)
      await giveFolders(data, folders, user === undefined ? own : await runnerOf(user, accounts))
    },
    program: release => {
      const folders = at.task(release)
      const output = release.settings.user === undefined && !hadUser(folders) ? folders.log : folders.output
      return {
        name: programName(release),
        command: join(folders.current, "start"),
        directory: folders.root,
        settings: release.settings,
        stdoutLog: join(output, "stdout.log"),
        stderrLog: join(output, "stderr.log"),
      }
    },
    record: (key, event) => appendHistory(at.task(key).history, event),
    recordOfHost: event => appendHistory(at.history, event),
  }
}

/** Its folders were made for a user of its own once, who may have left links in them. */
function hadUser({ output }: TaskFolders): boolean {
  return existsSync(output)
}

function madeForElsewhere(id: string, folder: string): Error {
  return deploymentFault(
    "PRECONDITION",
    `the release ${id} was made when its data was in ${folder}, and it is not there now: deploy it again`,
  )
}

async function lastUse(folder: string): Promise<number | undefined> {
  return stat(folder).then(
    ({ mtimeMs }) => mtimeMs,
    // Removed a moment ago.
    () => undefined,
  )
}

function reasonOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error))
}
