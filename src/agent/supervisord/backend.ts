import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import pLimit from "p-limit"
import { syncFolder, writeDurable } from "../../disk/durable.js"
import type { Endpoint } from "../../model/endpoint.js"
import { CallError } from "../../model/failure.js"
import { FAULT } from "../../model/fault.js"
import { isDown, isUp, type ProcessInfo } from "../../model/process.js"
import { fault } from "../../rpc/method.js"
import { createProxy, type Proxy } from "../../rpc/proxy.js"
import * as supervisor from "../../rpc/supervisor.js"
import { hostAccounts } from "../accounts.js"
import type { Backend, Program } from "../backend.js"
import { userOf } from "../process-identity.js"
import { handedOn, passthrough } from "./passthrough.js"
import { programFile } from "./program-file.js"

/** What the backend needs of the host. */
export interface SupervisordOptions {
  /** The supervisord beside the agent. */
  readonly endpoint: Endpoint
  /** The folder of program files, which supervisord's `[include]` names as `DIR/*.conf`. */
  readonly programDir: string
}

const POLL = 100
// Its loop turns once a second.
const AUTOSTART_WITHIN = 3_000
// supervisord sends SIGKILL after stopwaitsecs by itself; what lives on after this cannot be killed.
const UNKILLABLE_AFTER = 60_000

/**
 * Runs programs by the supervisord beside the agent: a program file a task, reread, added and removed a group at a time.
 * Programs outlive the agent. Other programs of that supervisord are never touched.
 */
export function createSupervisordBackend({ endpoint, programDir }: SupervisordOptions): Backend {
  // A proxy for each call: the agent is the middle of a chain, and a shared one could mix up answers.
  const local = (): Proxy => createProxy(endpoint)
  // Rereading looks at all program files, so it must not see another task's half-made change.
  const configuring = pLimit(1)
  /** Programs that were added and not started by a call since. */
  const added = new Set<string>()
  const fileOf = (name: string): string => join(programDir, `${name}.conf`)

  async function stop(name: string): Promise<void> {
    const deadline = Date.now() + UNKILLABLE_AFTER + (await stopWait(name))
    for (let ended = false; ; ) {
      const info = await known(local, name)
      if (!info) return
      if (isUp(info.state)) await tolerate([FAULT.NOT_RUNNING], () => supervisor.stopProcess(local(), name))
      // Looked at twice: between one call and the next supervisord restarts what EXITED and is to be restarted.
      else if (isDown(info.state) && (ended || info.state !== "EXITED")) return
      ended = info.state === "EXITED"
      if (ended) continue
      if (Date.now() > deadline) throw fault("FAILED", `${name} does not end, not even by SIGKILL`)
      await new Promise(resolve => setTimeout(resolve, POLL))
    }
  }

  async function start(name: string): Promise<void> {
    if (added.delete(name) && (await wasAutostarted(name))) return
    const deadline = Date.now() + UNKILLABLE_AFTER + (await stopWait(name))
    // A start that meets a STOPPING process is answered with true and starts nothing.
    while ((await known(local, name))?.state === "STOPPING") {
      if (Date.now() > deadline) throw fault("FAILED", `${name} does not end, not even by SIGKILL`)
      await new Promise(resolve => setTimeout(resolve, POLL))
    }
    await tolerate([FAULT.ALREADY_STARTED], () => supervisor.startProcess(local(), name))
  }

  /** supervisord starts what was added in its next turn. What has ended again since then must not be started a second time. */
  async function wasAutostarted(name: string): Promise<boolean> {
    for (const deadline = Date.now() + AUTOSTART_WITHIN; Date.now() < deadline; ) {
      const info = await known(local, name)
      if (!info) return false
      if (info.start !== 0) return true
      await new Promise(resolve => setTimeout(resolve, POLL))
    }
    return false
  }

  async function stopWait(name: string): Promise<number> {
    const text = await read(fileOf(name))
    return Number(/^stopwaitsecs=(\d+)$/m.exec(text ?? "")?.[1] ?? 10) * 1_000
  }

  /** Has supervisord read all program files; says how this program's file differs from what it runs. */
  async function reread(name: string): Promise<"added" | "changed" | "same"> {
    const groups = await supervisor.reloadConfig(local())
    if (groups.changed.includes(name)) return "changed"
    if (groups.added.includes(name)) return "added"
    if (await known(local, name)) return "same"
    throw fault(
      "FAILED",
      `supervisord does not read ${programDir}: its [include] needs files = ${programDir}/*.conf`,
    )
  }

  async function check(program: Program): Promise<void> {
    const file = fileOf(program.name)
    const text = programFile(program)
    const old = await read(file)
    const { user } = program.settings
    if (user !== undefined) await mayBecome(user)
    if (old === text && (await known(local, program.name))) return
    await writeDurable(file, text)
    try {
      await reread(program.name)
    } finally {
      await putBack(file, old)
    }
  }

  /** What the agent may do says nothing of its supervisord, which may run as somebody else. */
  async function mayBecome(user: string): Promise<void> {
    const pid = await local().call("supervisor.getPID", [])
    // Not told where the agent sees other processes than its supervisord does.
    const uid = typeof pid === "number" ? await userOf(pid) : undefined
    if (uid === undefined || uid === 0 || uid === (await hostAccounts.user(user))?.uid) return
    throw fault(
      "FAILED",
      `supervisord runs as uid ${uid}, not as root, so it cannot run a program as ${user}`,
    )
  }

  async function define(program: Program): Promise<void> {
    const { name } = program
    const file = fileOf(name)
    const text = programFile(program)
    const old = await read(file)
    if (old !== text) await writeDurable(file, text)
    try {
      const difference = await reread(name)
      if (difference === "changed") await supervisor.removeProcessGroup(local(), name)
      if (difference === "same") return
      await tolerate([FAULT.ALREADY_ADDED], () => supervisor.addProcessGroup(local(), name))
      added.add(name)
    } catch (error) {
      // What keeps supervisord from rereading is in another file then, and this program is known as it should be.
      if (old === text && isFault(error, [FAULT.CANT_REREAD]) && (await known(local, name))) return
      await putBack(file, old)
      throw error
    }
  }

  // One bad file would keep supervisord from rereading, and from starting, any other program.
  async function putBack(file: string, old: string | undefined): Promise<void> {
    if (old !== undefined) return writeDurable(file, old)
    await rm(file, { force: true })
    await syncFolder(programDir)
  }

  async function remove(name: string): Promise<void> {
    added.delete(name)
    await stop(name)
    await rm(fileOf(name), { force: true })
    await syncFolder(programDir)
    if (await known(local, name))
      await tolerate([FAULT.BAD_NAME], () => supervisor.removeProcessGroup(local(), name))
  }

  return {
    kind: "supervisord",
    methods: passthrough(local),
    processes: () => faultsAsTheyAre(() => supervisor.getAllProcessInfo(local())),
    check: program => configuring(() => faultsAsTheyAre(() => check(program))),
    define: program => configuring(() => faultsAsTheyAre(() => define(program))),
    start: name => faultsAsTheyAre(() => start(name)),
    stop: name => faultsAsTheyAre(() => stop(name)),
    remove: name => configuring(() => faultsAsTheyAre(() => remove(name))),
    close: async () => {},
  }
}

async function known(local: () => Proxy, name: string): Promise<ProcessInfo | undefined> {
  try {
    return await supervisor.getProcessInfo(local(), name)
  } catch (error) {
    if (isFault(error, [FAULT.BAD_NAME])) return undefined
    throw error
  }
}

async function tolerate(codes: readonly number[], call: () => Promise<unknown>): Promise<void> {
  try {
    await call()
  } catch (error) {
    if (!isFault(error, codes)) throw error
  }
}

function isFault(error: unknown, codes: readonly number[]): boolean {
  return (
    error instanceof CallError &&
    error.failure.reason === "fault" &&
    codes.includes(error.failure.faultCode ?? 0)
  )
}

async function faultsAsTheyAre<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof CallError ? handedOn(error) : error
  }
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  }
}
