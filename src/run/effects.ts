import type { Host } from "../model/cluster.js"
import type { ProcessInfo } from "../model/process.js"
import type { Clock } from "./clock.js"

/** What a run may do to the world, given from outside: the command line gives proxies, a test gives its own. */
export interface Effects {
  /** The supervisor of a host; each call opens a request of its own. */
  readonly supervisor: (host: Host) => HostSupervisor
  readonly clock: Clock
  readonly signals: Signals
}

/** How an operator interrupts a run. */
export interface Signals {
  /** Start nothing more; what runs may finish. */
  readonly stopping: AbortSignal
  /** Give up what is in flight as well. */
  readonly aborting: AbortSignal
}

/** The supervisor of one host, agent or stock supervisord alike. Every method rejects with a CallError only. */
export interface HostSupervisor {
  /** `patience` in milliseconds, where it shall not wait as long as it would. */
  processes(signal: AbortSignal, patience?: number): Promise<readonly ProcessInfo[]>
  process(name: string, signal: AbortSignal): Promise<ProcessInfo>
  /** Asks for a start and does not wait for it; what was read right after, where that could be read. */
  start(name: string, signal: AbortSignal): Promise<ProcessInfo | undefined>
  /** Asks for a stop and does not wait for it; the same. */
  stop(name: string, signal: AbortSignal): Promise<ProcessInfo | undefined>
  /** The end of a process's standard error, or of its standard output where both go to one file. */
  lastWords(name: string, signal: AbortSignal): Promise<string>
}
