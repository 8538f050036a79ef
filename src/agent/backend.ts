import type { ProcessInfo } from "../model/process.js"
import type { SupervisorSettings } from "../model/process-settings.js"
import type { MethodTable } from "../rpc/method.js"

/** A program as a process backend runs it; its arguments and environment are inside `command`, a start script. */
export interface Program {
  /** Unique on the host, of letters, digits, `.`, `-` and `_`; group and process both carry it. */
  readonly name: string
  /** Absolute path of an executable file, run without arguments. */
  readonly command: string
  /** Absolute path of the working folder. */
  readonly directory: string
  readonly settings: SupervisorSettings
  /** Absolute path of the file that gets its standard output. */
  readonly stdoutLog: string
  readonly stderrLog: string
}

/** supervisord's own where none is given: programs with a lower one start first when all are started. */
export function priorityOf({ settings }: Pick<Program, "settings">): number {
  return settings.priority ?? 999
}

/** What runs the processes of a host for the agent. */
export interface Backend {
  readonly kind: "embedded" | "supervisord"
  /** The `supervisor.*` methods, as the agent answers them. */
  readonly methods: MethodTable
  /** All processes, sorted by group and name. */
  processes(): Promise<readonly ProcessInfo[]>
  /**
   * Throws a Fault when `define` would not take the program, as far as that can be known before it is stopped.
   * Touches no process and leaves nothing behind.
   */
  check(program: Program): Promise<void>
  /**
   * Makes the program known under its name, replacing what it was; does nothing when it is known just so.
   * What ran under that name must have been stopped. May start it (supervisord does); `start` makes sure.
   */
  define(program: Program): Promise<void>
  /** Starts a program that is not running and returns without waiting for RUNNING; a running one is left alone. Throws a Fault. */
  start(name: string): Promise<void>
  /** Returns when the program is stopped, at once when it was or when it is unknown. */
  stop(name: string): Promise<void>
  /** Stops the program and forgets it; an unknown one is no error. */
  remove(name: string): Promise<void>
  /** Ends what the backend holds open; the embedded one stops its processes first. */
  close(): Promise<void>
}
