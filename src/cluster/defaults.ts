import type { ProcessSettings } from "../model/process-settings.js"

/** What holds for keys that a cluster file leaves out. All defaults of the file stand here. */
export const AGENT_DEFAULTS = {
  scheme: "http",
  /** supervisord's own port in its documentation. */
  port: 9001,
  timeout: 5_000,
  /** At most: a shorter `timeout` shortens it too. */
  connectTimeout: 3_000,
  path: "/RPC2",
} as const

/** supervisord's own defaults, except that signals go to the whole group: no child outlives a program of minos. */
export const PROCESS_DEFAULTS = {
  autorestart: "unexpected",
  startsecs: 1,
  startretries: 3,
  exitcodes: [0],
  stopsignal: "TERM",
  stopwaitsecs: 10,
  stopasgroup: true,
  killasgroup: true,
  logMaxBytes: 50 * 1024 ** 2,
  logBackups: 10,
} as const satisfies Omit<ProcessSettings, "argv" | "env">

export const DEFAULT_INSTANCES = 1
