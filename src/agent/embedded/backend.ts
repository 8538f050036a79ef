import { isDeepStrictEqual } from "node:util"
import { isUp } from "../../model/process.js"
import { fault } from "../../rpc/method.js"
import { type Accounts, hostAccounts } from "../accounts.js"
import { type Backend, type Program, priorityOf } from "../backend.js"
import { runnerOf } from "../ownership.js"
import { runAs } from "../run-as.js"
import { type Child, createChild } from "./child.js"
import type { Children } from "./children.js"
import { type Clock, systemClock } from "./clock.js"
import { ensureStopped, startChild } from "./control.js"
import { processInfo } from "./info.js"
import { supervisorMethods } from "./methods/table.js"
import { isActive } from "./state.js"

export interface EmbeddedOptions {
  /** The users of this host; looked up unless given. */
  readonly accounts?: Accounts
  /** The host's clocks unless given. */
  readonly clock?: Clock
  /** Hears one line for each change of a process. */
  readonly log?: (message: string) => void
  /** The version of minos, for `supervisorctl version`. */
  readonly version?: string
  /** What `getIdentification` answers; `minos` unless given. */
  readonly identification?: string
  /** Absolute path of the agent's own log, for `supervisorctl maintail`. */
  readonly mainLog?: string
  /** Called a moment after `supervisor.shutdown` was answered; without it that call is refused. */
  readonly onShutdown?: () => void
}

/**
 * A backend that runs programs as children of this process, with supervisord's states and settings.
 * They do not outlive it: whoever ends this process calls `close` before.
 */
export function createEmbeddedBackend(options: EmbeddedOptions = {}): Backend {
  const { clock = systemClock, log = () => {}, version = "embedded", identification = "minos" } = options
  const { accounts = hostAccounts } = options
  const runner = async ({ settings: { user } }: Program): Promise<readonly string[]> =>
    user === undefined ? [] : runAs(await runnerOf(user, accounts), accounts.own)
  const known = new Map<string, Child>()
  let closing = false

  const children: Children = {
    all: () => [...known.values()].sort((a, b) => (a.program.name < b.program.name ? -1 : 1)),
    byPriority: () =>
      [...children.all()].sort((one, other) => priorityOf(one.program) - priorityOf(other.program)),
    get: name => known.get(name),
  }
  const refuseWhenClosing = (): void => {
    if (closing) throw fault("SHUTDOWN_STATE")
  }

  return {
    kind: "embedded",
    methods: supervisorMethods({
      children,
      clock,
      identification,
      // Tools that look for old supervisords read a number from the front.
      version: `4.2.5 (minos ${version})`,
      closing: () => closing,
      ...(options.mainLog === undefined ? {} : { mainLog: options.mainLog }),
      ...(options.onShutdown === undefined ? {} : { shutdown: options.onShutdown }),
    }),

    async processes() {
      const { epoch } = clock.now()
      return children.all().map(child => processInfo(child.program, child.status(), epoch))
    },

    async check(program) {
      refuseWhenClosing()
      await runner(program)
    },

    async define(program) {
      const as = await runner(program)
      refuseWhenClosing()
      const before = known.get(program.name)
      if (before !== undefined) {
        if (isDeepStrictEqual(before.program, program)) return
        if (isLive(before)) throw fault("STILL_RUNNING", program.name)
      }
      known.set(program.name, createChild(copy(program), { clock, log, as }))
    },

    async start(name) {
      refuseWhenClosing()
      const child = known.get(name)
      if (child === undefined) throw fault("BAD_NAME", name)
      if (isUp(child.status().state)) return
      await startChild(child, name, false)
    },

    async stop(name) {
      const child = known.get(name)
      if (child !== undefined) await ensureStopped(child)
    },

    async remove(name) {
      const child = known.get(name)
      if (child === undefined) return
      await ensureStopped(child)
      if (known.get(name) === child) known.delete(name)
    },

    async close() {
      closing = true
      await Promise.allSettled(children.all().map(ensureStopped))
    },
  }
}

/** True while a process lives, or will without being asked. */
function isLive(child: Child): boolean {
  return child.status().pid !== 0 || isActive(child.status())
}

/** The caller's object may change later; what was defined does not. */
function copy(program: Program): Program {
  return structuredClone(program)
}
