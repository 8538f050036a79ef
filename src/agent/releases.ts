import { appendFile, mkdir, readdir, readFile, readlink, rename } from "node:fs/promises"
import { basename, join, relative } from "node:path"
import { linkDurable, makeFolder, syncFolder, writeDurable } from "../disk/durable.js"
import { removeTree } from "../disk/remove-tree.js"
import { type PrepareRequest, programName, type TaskKey } from "../model/deployment.js"
import type { ProcessSettings } from "../model/process-settings.js"
import type { PackageIdentity } from "../model/release.js"
import { reveal } from "../model/secret.js"
import type { Program } from "./backend.js"
import { type Layout, layout } from "./layout.js"
import { startScript } from "./start-script.js"

/** What an agent keeps of a release beside its files; the environment is only in the start script. */
export interface StoredRelease extends TaskKey {
  readonly schema: 1
  readonly id: string
  readonly task: string
  readonly host: string
  readonly region: string
  readonly package: PackageIdentity
  readonly settings: Omit<ProcessSettings, "argv" | "env">
}

/** The releases on the disk of one host. */
export interface Releases {
  readonly layout: Layout
  has(key: TaskKey, id: string): Promise<boolean>
  /** Makes a release whose package is unpacked already; it appears whole or not at all. */
  make(request: PrepareRequest): Promise<void>
  /** Makes the release the current one, in one step. */
  switchTo(key: TaskKey, id: string): Promise<void>
  current(key: TaskKey): Promise<StoredRelease | undefined>
  /** The current release of every task on this host. */
  all(): Promise<readonly StoredRelease[]>
  /** The program of a task, whichever release is current; settings are those of `release`. */
  program(release: StoredRelease): Program
  /** Adds a line to the task's history. */
  record(key: TaskKey, event: Readonly<Record<string, unknown>>): Promise<void>
}

/** The releases below an agent's root folder. */
export function releases(root: string, staging: (label: string) => string): Releases {
  const at = layout(root)

  async function make(request: PrepareRequest): Promise<void> {
    const folders = at.task(request)
    const target = folders.release(request.release.id)
    for (const folder of [folders.releases, folders.data, folders.log, folders.run]) await makeFolder(folder)
    const aside = staging(`release-${request.release.id}`)
    try {
      await makeFolder(aside, 0o755)
      await linkDurable(join(aside, "package"), relative(target, at.package(request.release.package.sha256)))
      // 0700: the values of the environment may be secrets.
      await writeDurable(join(aside, "start"), scriptOf(request, folders, target), { mode: 0o700 })
      await writeDurable(join(aside, "release.json"), `${JSON.stringify(stored(request), null, 2)}\n`)
      await rename(aside, target)
      await syncFolder(folders.releases)
    } catch (error) {
      await removeTree(aside)
      throw error
    }
  }

  async function current(key: TaskKey): Promise<StoredRelease | undefined> {
    try {
      const id = basename(await readlink(at.task(key).current))
      return JSON.parse(
        await readFile(join(at.task(key).release(id), "release.json"), "utf8"),
      ) as StoredRelease
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
      throw error
    }
  }

  async function all(): Promise<readonly StoredRelease[]> {
    const found: StoredRelease[] = []
    for (const service of await names(at.tasks))
      for (const cluster of await names(join(at.tasks, service)))
        for (const job of await names(join(at.tasks, service, cluster)))
          for (const instance of await names(join(at.tasks, service, cluster, job))) {
            const release = await current({ service, cluster, job, instance: Number(instance) })
            if (release) found.push(release)
          }
    return found
  }

  return {
    layout: at,
    has: async (key, id) => (await names(at.task(key).releases)).includes(id),
    make,
    switchTo: (key, id) => linkDurable(at.task(key).current, join("releases", id)),
    current,
    all,
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
    record: async (key, event) => {
      await mkdir(at.task(key).root, { recursive: true })
      await appendFile(at.task(key).history, `${JSON.stringify(event)}\n`)
    },
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

function stored(request: PrepareRequest): StoredRelease {
  const { argv: _argv, env: _env, ...settings } = request.release.process
  return {
    schema: 1,
    id: request.release.id,
    service: request.service,
    cluster: request.cluster,
    job: request.job,
    instance: request.instance,
    task: request.task,
    host: request.host,
    region: request.region,
    package: request.release.package,
    settings,
  }
}

async function names(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw error
  }
}
