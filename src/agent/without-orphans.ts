import { programName, type TaskKey } from "../model/deployment.js"
import { FAULT } from "../model/fault.js"
import { Fault, type Method, type MethodTable } from "../rpc/method.js"
import type { XmlRpcValue } from "../rpc/value.js"
import type { Backend } from "./backend.js"
import { endProcess, type Stopping } from "./end-process.js"
import { taskOf } from "./enrich.js"
import type { Orphans } from "./orphans.js"
import type { Releases } from "./releases.js"

export interface WithoutOrphansOptions {
  readonly orphans: Orphans
  readonly releases: Releases
  readonly log: (line: string) => void
}

// supervisord's own defaults, for a task whose release is gone.
const UNTOLD: Stopping = { stopsignal: "TERM", stopwaitsecs: 10 }

/**
 * A backend that ends the orphan of a task before it starts the task, and when it stops it: a started task has one process,
 * a stopped one none, whoever was killed before. An orphan that nobody starts or stops goes on serving. What cannot be ended
 * is a Fault ORPHAN, and then nothing is started.
 */
export function withoutOrphans(backend: Backend, options: WithoutOrphansOptions): Backend {
  const end = ending(backend, options)
  const endOf = async (name: string): Promise<boolean> => {
    const key = taskOf({ name, group: name })
    return key !== undefined && end(key)
  }
  return {
    ...backend,
    methods: withMethods(backend.methods, endOf, async () => {
      const ended = await Promise.all((await options.releases.tasks()).map(end))
      return ended.includes(true)
    }),
    start: async name => {
      await endOf(name)
      await backend.start(name)
    },
    stop: async name => {
      await backend.stop(name)
      await endOf(name)
    },
    remove: async name => {
      await backend.remove(name)
      await endOf(name)
    },
  }
}

/** Ends the orphan of a task; false when there was none. */
function ending(
  backend: Backend,
  { orphans, releases, log }: WithoutOrphansOptions,
): (key: TaskKey) => Promise<boolean> {
  return async key => {
    const orphan = await orphans.find(key, () => backend.processes())
    if (!orphan) return false
    const name = programName(key)
    log(`${name}: ending pid ${orphan.pid}, which was started before its supervisor ended`)
    const settings = (await releases.current(key))?.settings ?? UNTOLD
    if (await endProcess(orphan, settings)) return true
    throw new Fault(FAULT.FAILED, `ORPHAN: pid ${orphan.pid} of this task still runs and cannot be ended`)
  }
}

/** What the names of a method's call stand for: one program or group, or all of them. */
type Ends = (name: string) => Promise<boolean>

/** The methods by which callers start and stop without a deployment, so that those keep to the same rule. */
function withMethods(methods: MethodTable, one: Ends, all: () => Promise<boolean>): MethodTable {
  const ends = (params: readonly XmlRpcValue[]) => one(String(params[0]).split(":")[0] ?? "")
  const changed = new Map(methods)
  const wrap = (name: string, around: (method: Method) => Method["call"]): void => {
    const method = methods.get(`supervisor.${name}`)
    if (method) changed.set(`supervisor.${name}`, { ...method, call: around(method) })
  }
  for (const name of ["startProcess", "startProcessGroup"]) wrap(name, method => before(method, ends))
  for (const name of ["stopProcess", "stopProcessGroup"]) wrap(name, method => after(method, ends))
  wrap("startAllProcesses", method => before(method, all))
  wrap("stopAllProcesses", method => after(method, all))
  return changed
}

type EndsCall = (params: readonly XmlRpcValue[]) => Promise<boolean>

function before(method: Method, ends: EndsCall): Method["call"] {
  return async (params, context) => {
    await ends(params)
    return method.call(params, context)
  }
}

function after(method: Method, ends: EndsCall): Method["call"] {
  return async (params, context) => {
    let refused: unknown
    const answer = await Promise.resolve(method.call(params, context)).catch((error: unknown) => {
      if (!(error instanceof Fault) || error.code !== FAULT.NOT_RUNNING) throw error
      refused = error
      return true
    })
    // To its supervisor it was not running; to the caller it was.
    if (!(await ends(params)) && refused !== undefined) throw refused
    return answer
  }
}
