/** supervisord's process states, with its codes. */
export const STATE_CODES = {
  STOPPED: 0,
  STARTING: 10,
  RUNNING: 20,
  BACKOFF: 30,
  STOPPING: 40,
  EXITED: 100,
  FATAL: 200,
  UNKNOWN: 1000,
} as const

export type ProcessState = keyof typeof STATE_CODES

/** What `supervisor.getProcessInfo` tells of one process. Times are epoch seconds on the clock of that host. */
export interface ProcessInfo {
  readonly name: string
  readonly group: string
  readonly state: ProcessState
  /** 0 when there is no process. */
  readonly pid: number
  /** When it was last started; 0 = never. */
  readonly start: number
  /** When it last stopped; 0 = never. */
  readonly stop: number
  /** The host's clock at the time of the answer. */
  readonly now: number
  readonly spawnerr: string
  /** Exit code of the last process, -1 when a signal ended it. */
  readonly exitstatus: number
  readonly stdoutLog: string
  readonly stderrLog: string
  /** The release that an agent runs here; absent from stock supervisord. */
  readonly release?: string
  /** The version of that release's package. */
  readonly version?: string
}
