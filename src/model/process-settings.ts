import type { Text } from "./text.js"

/** How a supervisor runs a program; the names and the defaults are supervisord's own. */
export interface ProcessSettings extends SupervisorSettings {
  /** The program and its arguments, already split; no shell reads them. */
  readonly argv: readonly Text[]
  readonly env: Readonly<Record<string, Text>>
  /** Where it starts; from the unpacked package when it is not absolute. The package itself when absent. */
  readonly directory?: Text
  /** File mode bits that it takes off what it creates, in octal: `027`. That of the supervisor when absent. */
  readonly umask?: string
}

/** What the supervisor has to know, besides the start script. */
export interface SupervisorSettings {
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
  /** The user that it runs as, by name; the agent's own when absent. */
  readonly user?: string
  /** Programs with a lower one start first and stop last when a supervisor starts or stops all; supervisord's 999 when absent. */
  readonly priority?: number
}
