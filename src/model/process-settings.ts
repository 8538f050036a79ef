import type { Secret } from "./secret.js"

/** How a supervisor runs a program; the names and the defaults are supervisord's own. */
export interface ProcessSettings {
  /** The program and its arguments, already split; no shell reads them. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | Secret>>
  /** Restart when it ends: always, never, or only on an exit code outside `exitcodes`. */
  readonly autorestart: boolean | "unexpected"
  /** Seconds it must stay up to count as RUNNING. */
  readonly startsecs: number
  /** Tries after the first failed start before FATAL. */
  readonly startretries: number
  readonly exitcodes: readonly number[]
  /** `TERM`, `HUP`, `INT`, `QUIT`, `KILL`, `USR1` or `USR2`. */
  readonly stopsignal: string
  /** Seconds between the stop signal and SIGKILL. */
  readonly stopwaitsecs: number
  /** Send the stop signal to the whole process group. */
  readonly stopasgroup: boolean
  /** Send SIGKILL to the whole process group. */
  readonly killasgroup: boolean
  /** Bytes at which a log file is rotated; 0 = never. */
  readonly logMaxBytes: number
  /** Rotated log files kept. */
  readonly logBackups: number
}
