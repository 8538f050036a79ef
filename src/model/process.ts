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
  /** Pid of a process of this program that runs without its supervisor; absent when an agent sees none. */
  readonly orphan?: number
}

/** supervisord would answer a start with ALREADY_STARTED. */
export function isUp(state: ProcessState): boolean {
  return state === "STARTING" || state === "RUNNING" || state === "BACKOFF"
}

/** No process is left. */
export function isDown(state: ProcessState): boolean {
  return state === "STOPPED" || state === "EXITED" || state === "FATAL" || state === "UNKNOWN"
}

/** The name that the single-process methods take: `group:name`, or `name` where both are the same. */
export function fullName(process: Pick<ProcessInfo, "name" | "group">): string {
  return process.group === process.name ? process.name : `${process.group}:${process.name}`
}

/** The processes that a program's name stands for: `program`, `group:program` or `group:*`. */
export function processesOf(program: string, all: readonly ProcessInfo[]): readonly ProcessInfo[] {
  const [group, name] = program.includes(":") ? program.split(":") : [program, program]
  return all.filter(process => process.group === group && (name === "*" || process.name === name))
}
