import * as z from "zod"
import {
  DAY,
  filled,
  flag,
  matching,
  octal,
  oneOf,
  optional,
  size,
  text,
  whole,
  words,
} from "./schema-values.js"

/* How a process is run, as written: keys of a job with a command, named as supervisord names them. */

/** A user of a host, by name. */
export const USER_NAME = /^[a-z_][a-z0-9_-]{0,31}$/

const USER_WORDS = "the name of a user, such as zookeeper (not a number)"
const UMASK_WORDS = 'a mask of three or four octal digits in quotes, such as "027"'

export const processShape = {
  env: optional(
    "variables of the program, each a string; quote numbers",
    z.record(z.string(), text("a string"), { error: 'a map such as {PORT: "8080"}' }),
  ),
  user: optional(
    "who the program runs as; the agent's own user when not given, root only with allowRoot: true",
    matching(USER_NAME, USER_WORDS),
  ),
  allowRoot: optional("whether user may be root; default false", flag),
  directory: optional(
    "where the program starts; default: the unpacked package",
    filled("a folder, such as run"),
  ),
  umask: optional('permission bits that it takes off what it creates, such as "027"', octal(UMASK_WORDS)),
  priority: optional(
    "programs with a lower one start first and stop last when a supervisor starts or stops all; default 999",
    whole(0, 9_999),
  ),
  autorestart: optional(
    "restart when it ends: true, false, or unexpected (the default), only after an exit code outside exitcodes",
    z.union([z.boolean(), z.literal("unexpected")], { error: "true, false or unexpected" }),
  ),
  startsecs: optional("seconds it must stay up to count as RUNNING; default 1", whole(0, DAY)),
  startretries: optional("further tries before FATAL; default 3", whole(0, 1_000)),
  exitcodes: optional(
    "exit codes that are no failure; default [0]",
    z.array(whole(0, 255, "an exit code from 0 to 255"), { error: "a list of exit codes, such as [0, 2]" }),
  ),
  stopsignal: optional(
    "the signal that stops it; default TERM",
    oneOf(["TERM", "HUP", "INT", "QUIT", "KILL", "USR1", "USR2"]),
  ),
  stopwaitsecs: optional("seconds until SIGKILL; default 10", whole(0, DAY)),
  stopasgroup: optional("the stop signal goes to the whole process group; default true", flag),
  killasgroup: optional("SIGKILL goes to the whole process group; default true", flag),
  logMaxBytes: optional("a log file is rotated at this size, 0 = never; default 50MB", size),
  logBackups: optional("rotated log files kept; default 10", whole(0, 1_000)),
}

/** Commands that run on the host inside the release. */
export const scriptShape = {
  bootstrap: optional("a command that runs once, before the first start of a task", words),
  preStart: optional("a command that runs before each start that minos makes", words),
  postStop: optional("a command that runs after each stop that minos makes", words),
  cleanup: optional("a command that runs before the task is taken off its host", words),
}
