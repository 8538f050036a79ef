import { join } from "node:path"
import { makeFolder } from "../disk/durable.js"
import type { Credentials } from "../model/endpoint.js"
import { MinosError } from "../model/error.js"
import { LEASE_SECONDS } from "../model/lease.js"
import { blobHandler } from "../packages/http.js"
import { createStore } from "../packages/store.js"
import { withIntrospection } from "../rpc/introspection.js"
import { createServer } from "../rpc/server.js"
import { type Accounts, hostAccounts } from "./accounts.js"
import { agentClock } from "./agent-clock.js"
import { openAudit, withAudit } from "./audit.js"
import { auditedUploads } from "./audited-uploads.js"
import type { Backend, Program } from "./backend.js"
import { priorityOf } from "./backend.js"
import { unfinishedBootstrap } from "./bootstrap-note.js"
import { deploymentMethods } from "./deployment.js"
import type { DeploymentParts } from "./deployment-parts.js"
import { withReleases } from "./enrich.js"
import { leases } from "./leases.js"
import { operationJournal } from "./operation-journal.js"
import { type Operations, operations } from "./operations.js"
import { withOrphanNotes } from "./orphan-notes.js"
import { orphansBelow } from "./orphans.js"
import { pruner } from "./prune.js"
import { recover } from "./recovery.js"
import { relay } from "./relay.js"
import { releaseCommands } from "./release-commands.js"
import { type Releases, releases } from "./releases.js"
import { lockRoot, type RootLock } from "./root-lock.js"
import type { StoredRelease } from "./stored-release.js"
import { wantedBlobs } from "./wanted-blobs.js"
import { withRoom } from "./with-room.js"
import { withoutOrphans } from "./without-orphans.js"

/** What an agent is made of. */
export interface AgentOptions {
  /** Absolute path; everything the agent keeps is below it. */
  readonly root: string
  readonly host: string
  /** 0 for a free one. */
  readonly port: number
  /** Absent: open to whoever reaches the port. */
  readonly credentials?: Credentials | undefined
  readonly backend: Backend
  readonly version: string
  readonly log: (line: string) => void
  /** How long a lease lives without being renewed; 60 unless given. */
  readonly leaseSeconds?: number | undefined
  /** Absolute paths of the disks for data; none for one, below the root. */
  readonly dataDirs?: readonly string[] | undefined
  /** The users of this host; looked up unless given. */
  readonly accounts?: Accounts | undefined
}

export interface Agent {
  readonly port: number
  /** Stops listening, lets calls and operations in flight end, and closes the backend. */
  close(): Promise<void>
}

const LARGEST_PACKAGE = 4 * 1024 ** 3
// A release brings variables and files along: a program can be given 2 MiB of the first, and there may be 1 MiB of the others.
const LARGEST_CALL = 4 * 1024 ** 2
// One of these in a submission to a relay, if nothing of it can be packed.
const LARGEST_BODY = 1.5 * LARGEST_CALL
const MOST_VALUES = 50_000
// Milliseconds for operations that run when the agent is to end: a task between its stop and its start gets there.
const OPERATIONS_END = 30_000

/** Starts the XML-RPC server of a host: `supervisor.*`, `deployment.*`, `system.*`, and packages at `/blobs/sha256/`. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { root, backend } = options
  await makeFolder(root, 0o755)
  const lock = await lockRoot(root)
  try {
    return await serve(options, lock)
  } catch (error) {
    // Programs that were resumed must not live on without an agent.
    await backend.close()
    await lock.release()
    throw error
  }
}

async function serve(
  { root, backend: bare, version, log, accounts = hostAccounts, ...options }: AgentOptions,
  lock: RootLock,
): Promise<Agent> {
  const store = createStore(root)
  await makeFolder(store.staging)
  // On a disk that is read-only the agent still tells what runs.
  await store.clean().catch(error => log(`${store.staging} could not be emptied: ${messageOf(error)}`))
  const onDisk = releases(root, store.stagingPath, log, { accounts, dataDirs: options.dataDirs })
  await onDisk.disks.clean().catch(error => log(`data disks could not be cleaned: ${messageOf(error)}`))
  const orphans = orphansBelow(onDisk.layout)
  const backend = withoutOrphans(withRoom(bare, root), { orphans, releases: onDisk, log })

  const clock = agentClock()
  const audit = await openAudit(root, log)
  const journal = operationJournal(join(root, "operations"))
  const left = await journal.load()
  const held = leases(() => performance.now(), options.leaseSeconds ?? LEASE_SECONDS)
  const running = operations({ journal, audit, leases: held, now: clock.steady, log })
  const pruning = pruner({ releases: onDisk, store, operations: running, log })
  const commands = releaseCommands(onDisk, accounts)
  const parts = {
    version,
    backend,
    store,
    releases: onDisk,
    operations: running,
    leases: held,
    audit,
    pruner: pruning,
    commands,
    orphans,
    accounts,
    log,
    now: clock.wall,
    steady: clock.steady,
  }
  await takeBack(onDisk, log)
  if (backend.kind === "embedded") await resume(parts, log)
  // Before the first call: an operation that was cut off comes before all new ones on its task.
  const recovery = recover(left, parts, log)
  const relaying = relay({ store, audit, wanted: pruning.wanted, maxValues: MOST_VALUES })
  const methods = withIntrospection(
    new Map([
      ...relaying.methods,
      ...withAudit(withReleases(withOrphanNotes(backend.methods, orphans), onDisk), audit),
      ...deploymentMethods(parts),
    ]),
  )
  const server = createServer({
    methods,
    credentials: options.credentials,
    maxBody: LARGEST_BODY,
    maxValues: MOST_VALUES,
    other: auditedUploads(wantedBlobs(blobHandler(store, { maxBytes: LARGEST_PACKAGE }), pruning), audit),
    log,
  })
  const { port } = await server.listen(options.host, options.port).catch(error => {
    recovery.close()
    throw cannotListen(error, options)
  })
  return {
    port,
    close: async () => {
      // A probe may take longer than the server waits for its answers, and no command must outlive the agent.
      commands.close()
      relaying.close()
      await server.close()
      recovery.close()
      const isIdle = await ended(running)
      pruning.close()
      await backend.close()
      await audit.close()
      // What still runs must not meet another agent: the kernel gives the root back when this process has ended.
      if (isIdle) await lock.release()
    },
  }
}

function cannotListen(
  error: NodeJS.ErrnoException,
  { host, port }: Pick<AgentOptions, "host" | "port">,
): Error {
  const known: Readonly<Record<string, string>> = {
    EADDRINUSE: "another program listens there already",
    EADDRNOTAVAIL: "this host has no such address",
    EACCES: "this user may not listen there",
    ENOTFOUND: "there is no host of that name",
  }
  const why = known[error.code ?? ""]
  if (why === undefined) return error
  return new MinosError("CANNOT_LISTEN", `cannot listen on ${host}:${port}: ${why}`, {
    hint: "choose another address with --listen HOST:PORT",
    exitCode: 2,
  })
}

/** Agents before this one left folders to the user that a task no longer has, and root's supervisor starts it without asking. */
async function takeBack(releases: Releases, log: (line: string) => void): Promise<void> {
  for (const release of await releases.all())
    if (release.settings.user === undefined)
      await releases
        .claim(release)
        .catch(error => log(`${release.task}: its folders could not be taken back: ${messageOf(error)}`))
}

/**
 * The embedded backend forgets its programs when it ends: what was deployed runs again when the agent does, but for what has data
 * that a bootstrap left half made.
 */
async function resume(
  { backend, releases, operations }: Pick<DeploymentParts, "backend" | "releases" | "operations">,
  log: (line: string) => void,
): Promise<void> {
  const failed = (program: Program) => (error: unknown) =>
    log(`${program.name} could not be started: ${messageOf(error)}`)
  const deployed = (await releases.all())
    .map(release => ({ release, program: releases.program(release) }))
    .sort((one, other) => priorityOf(one.program) - priorityOf(other.program))
  for (const { program } of deployed) await backend.define(program).catch(failed(program))
  const start = async (release: StoredRelease, { name }: Program): Promise<void> => {
    const unfinished = await unfinishedBootstrap(release, releases)
    if (unfinished === undefined) await backend.start(name)
    else log(`${name} is not started: ${unfinished}`)
  }
  // In their lanes and not waited for: an orphan that an agent left when it was killed takes its time to end.
  for (const { release, program } of deployed)
    void operations.between(program.name, () => start(release, program)).catch(failed(program))
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** False when some operation still runs after its time. */
async function ended(running: Operations): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>(resolve => {
    timer = setTimeout(() => resolve(false), OPERATIONS_END)
  })
  const inTime = await Promise.race([running.end().then(() => true as const), late])
  clearTimeout(timer)
  return inTime
}
