import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs"
import { basename, join } from "node:path"
import { layout, type TaskFolders } from "../../src/agent/layout.js"
import { chainSeen } from "./chain-seen.js"
import type { LabHost } from "./host.js"
import type { HostSeen, ProcessSeen, ReleaseSeen } from "./observation.js"
import { operationsSeen } from "./operations-seen.js"
import { CLUSTER, JOB, PLACES, SERVICE } from "./place.js"
import { openFiles, processesWith } from "./process-table.js"

/** What can be seen of a host without asking it anything: its disk, and the table of processes. */
export type HostState = Pick<HostSeen, "host" | "task" | "processes" | "release">

/** Looks at the task of a host. */
export function hostState(host: LabHost): HostState {
  const folders = foldersOf(host)
  return {
    host: host.name,
    task: `${JOB}.${PLACES.findIndex(place => place.name === host.name)}`,
    processes: processesOf(host, folders),
    release: releaseOf(host, folders),
  }
}

/** All that is seen of a host after a step. */
export async function hostSeen(
  host: LabHost,
  before: HostState,
  faults: readonly string[],
  restarted: boolean,
): Promise<HostSeen> {
  const audit = join(host.root, "audit.jsonl")
  return {
    ...hostState(host),
    processesBefore: before.processes,
    releaseBefore: before.release,
    staging: stagingOf(host),
    ...(existsSync(audit) ? { audit: await chainSeen(audit) } : {}),
    operations: operationsSeen(join(host.root, "operations")),
    agent: { pid: host.agent(), files: openFiles(host.agent()) ?? 0 },
    crashes: host.crashes(),
    faults,
    restarted,
  }
}

/** Names in the staging folder of a host's agent. */
export function stagingOf({ root }: LabHost): readonly string[] {
  const folder = join(root, "staging")
  return existsSync(folder) ? readdirSync(folder) : []
}

function foldersOf({ root }: LabHost): TaskFolders {
  return layout(root).task({ service: SERVICE, cluster: CLUSTER, job: JOB, instance: 0 })
}

/** Whose data folder is that of this task on this host; scripts on the way to become the program have it too late to count. */
function processesOf(host: LabHost, folders: TaskFolders): readonly ProcessSeen[] {
  return processesWith("MINOS_DATA_DIR", folders.data).map(({ pid, parent, started, env }) => ({
    pid,
    owned: parent === host.supervisord(),
    started,
    version: versionOf(folders, env.MINOS_RELEASE ?? "") ?? "?",
  }))
}

function versionOf(folders: TaskFolders, id: string): string | undefined {
  try {
    return JSON.parse(readFileSync(join(folders.release(id), "release.json"), "utf8")).package.version
  } catch {
    return undefined
  }
}

function releaseOf({ root }: LabHost, folders: TaskFolders): ReleaseSeen {
  let id: string
  try {
    id = basename(readlinkSync(folders.current))
  } catch {
    return { kind: "none" }
  }
  try {
    return whole(root, folders.release(id), id)
  } catch (error) {
    return { kind: "broken", why: (error as Error).message }
  }
}

/** The release with everything that it needs to run; throws an Error that says what is not there. */
function whole(root: string, folder: string, id: string): ReleaseSeen {
  const release = JSON.parse(readFileSync(join(folder, "release.json"), "utf8"))
  if (release.id !== id) throw new Error(`release.json of ${id} is that of ${release.id}`)
  for (const name of ["start", "exec"])
    if (readFileSync(join(folder, name)).length === 0) throw new Error(`${name} is empty`)
  const blob = join(root, "blobs", "sha256", release.package.sha256)
  if (existsSync(blob) && digest(blob) !== release.package.sha256)
    throw new Error(`${blob} is not what its name says`)
  const program = digest(join(folder, "package", "run.sh"))
  return { kind: "whole", id, version: release.package.version, program }
}

function digest(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex")
}
