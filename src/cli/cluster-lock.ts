import type { Cluster, Host } from "../model/cluster.js"
import { MinosError } from "../model/error.js"
import type { Sight } from "../model/lease.js"
import { EXIT_CODES } from "../report/exit-codes.js"
import { holderText, lockWarning } from "../report/lock-words.js"
import type { Signals } from "../run/effects.js"
import type { FanOut } from "../run/fan-out.js"
import { RELEASE_TIME } from "../run/lock.js"
import type { LockRefusal } from "../run/lock-grant.js"
import { waitForLock } from "../run/lock-wait.js"
import type { HostsSeen } from "../run/view.js"
import { ownHolder } from "./holder.js"
import { realLockEffects } from "./lock-effects.js"
import { lockPath } from "./lock-file.js"
import type { Reach } from "./reach.js"
import { type RunLock, takeRunLock } from "./run-lock.js"
import type { Session } from "./session.js"
import { stateFolder } from "./state-folder.js"
import type { Terminal } from "./terminal.js"

/** What a run locks, and how long it waits for it. */
export interface ClusterLockOptions {
  readonly cluster: Cluster
  readonly operation: string
  /** Milliseconds; 0 is refused at once. */
  readonly timeout: number
  readonly limits: FanOut
  readonly reach: Reach
  readonly terminal: Terminal
  /** Hosts that the run looks at first: the call that locks one reads also what runs there, as far as the run asks. */
  readonly look: ReadonlyMap<Host, Sight>
}

/** The lock of a cluster while a run has it. */
export interface ClusterLock {
  /** Those of the session; `stopping` fires as well when the lock is lost. */
  readonly signals: Signals
  /** Hosts of which a stock supervisord answered. */
  readonly stock: ReadonlySet<Host>
  /** What ran on those hosts that were looked at. */
  readonly seen: HostsSeen
  /** Why it was lost, or undefined. */
  lost(): string | undefined
}

/**
 * Work of a session that no other run does on the same cluster meanwhile. Throws LOCKED, and has touched nothing, when another
 * holds it and does not give it back in time.
 */
export function underLock<T>(
  options: ClusterLockOptions,
  work: (session: Session, lock: ClusterLock) => Promise<T>,
): (session: Session) => Promise<T> {
  return async session => {
    const held = await take(options, session)
    const stopping = new AbortController()
    const stop = (): void => stopping.abort()
    session.signals.stopping.addEventListener("abort", stop, { once: true })
    const ended = new AbortController()
    let lost: string | undefined
    const lose = (why: string): void => {
      lost = `the lock was lost: ${why}`
      session.line(options.terminal.err.palette.bad(lost))
      stop()
    }
    // What fails in keeping it is a bug, and no reason to leave a run without its report.
    const keeping = held.keep(ended.signal).then(
      why => why !== undefined && lose(why),
      (error: Error) => lose(`minos itself failed: ${error.message}`),
    )
    try {
      const signals = { stopping: stopping.signal, aborting: session.signals.aborting }
      const { stock, seen } = held.leases
      return await work({ ...session, signals }, { signals, stock: new Set(stock), seen, lost: () => lost })
    } finally {
      ended.abort()
      await keeping
      // Whoever wants it to end now may kill it in a moment, and the report comes after this.
      await held.release(session.interruptedBy() === undefined ? RELEASE_TIME : HASTY_RELEASE)
    }
  }
}

/** Milliseconds that giving the lock back may take after an interrupt. */
const HASTY_RELEASE = 500

async function take(options: ClusterLockOptions, session: Session): Promise<RunLock> {
  const { cluster, operation, timeout, limits, reach, terminal } = options
  const { service, cluster: name, regions } = cluster
  const request = { service, cluster: name, ...ownHolder(operation, new Date(), terminal.err.clean) }
  const path = lockPath(stateFolder(process.env), service, name)
  const hosts = regions.flatMap(region => region.hosts)
  const effects = realLockEffects(limits, reach)
  const { stopping } = session.signals
  session.say("taking the lock")
  const taken = await waitForLock(
    again => takeRunLock(path, hosts, request, effects, stopping, { look: options.look, again }),
    {
      timeout,
      clock: effects.clock,
      chance: Math.random,
      tell: refusal => session.line(terminal.err.palette.warn(`waiting for the lock: ${inTheWay(refusal)}`)),
    },
    stopping,
  )
  const by = session.interruptedBy()
  if (by !== undefined) {
    if (taken.kind === "held") await taken.lock.release(HASTY_RELEASE)
    throw new MinosError("INTERRUPTED", `${by} before anything was touched`, {
      exitCode: EXIT_CODES[by].code,
    })
  }
  if (taken.kind === "refused") throw locked(taken.refusal, options)
  warn(taken.lock, session, terminal)
  return taken.lock
}

function warn({ leases: { agents, stock, silent } }: RunLock, session: Session, terminal: Terminal): void {
  const words = lockWarning({ agents: agents.length, stock: stock.length, silent: silent.length })
  if (words !== undefined) session.line(terminal.err.palette.warn(words))
}

function inTheWay({ holder, where, said }: LockRefusal): string {
  return `${holder === undefined ? said : holderText(holder)} (${where})`
}

function locked(refusal: LockRefusal, { cluster, timeout }: ClusterLockOptions): MinosError {
  const waited = timeout > 0 ? ` after waiting ${Math.round(timeout / 1_000)} s` : ""
  return new MinosError(
    "LOCKED",
    `${cluster.service}/${cluster.cluster} is locked${waited} by ${inTheWay(refusal)}; nothing was touched`,
    {
      hint:
        "--lock-timeout 15m waits for it; the lock of a run that died is gone within 60 s; " +
        "minos lock release --reason TEXT takes it away",
      exitCode: EXIT_CODES.locked.code,
    },
  )
}
