import { constants } from "node:os"
import { expect, test } from "vitest"
import { describe as description } from "../../../src/agent/embedded/info.js"
import { signalNumber } from "../../../src/agent/embedded/signals.js"
import type { ProcessInfo } from "../../../src/model/process.js"

const NOON = new Date(2026, 10, 2, 12, 5).getTime() / 1000

const info = (changes: Partial<ProcessInfo>): ProcessInfo => ({
  name: "web",
  group: "web",
  state: "RUNNING",
  pid: 123,
  start: NOON,
  stop: 0,
  now: NOON,
  spawnerr: "",
  exitstatus: 0,
  stdoutLog: "/out",
  stderrLog: "/err",
  ...changes,
})

test.each<readonly [Partial<ProcessInfo>, string]>([
  [{ now: NOON + 62 }, "pid 123, uptime 0:01:02"],
  [{ now: NOON + 86_400 }, "pid 123, uptime 1 day, 0:00:00"],
  [{ now: NOON + 2 * 86_400 + 36_000 + 59 }, "pid 123, uptime 2 days, 10:00:59"],
  [{ now: NOON - 5 }, "pid 123, uptime 0:00:00"],
  [{ state: "BACKOFF", spawnerr: "can't" }, "can't"],
  [{ state: "FATAL" }, 'unknown error (try "tail web")'],
  [{ state: "STOPPED", start: 0 }, "Not started"],
  [{ state: "STOPPED", stop: NOON }, "Nov 02 12:05 PM"],
  [{ state: "EXITED", stop: NOON - 12 * 3600 }, "Nov 02 12:05 AM"],
  [{ state: "EXITED", stop: NOON + 3600 }, "Nov 02 01:05 PM"],
  [{ state: "STARTING" }, ""],
  [{ state: "STOPPING" }, ""],
])("%j is described as %j", (changes, text) => {
  expect(description(info(changes))).toBe(text)
})

test.each<readonly [string | number, number | undefined]>([
  ["HUP", constants.signals.SIGHUP],
  [" sigusr1 ", constants.signals.SIGUSR1],
  ["15", 15],
  [9, 9],
  ["0", undefined],
  ["", undefined],
  ["-1", undefined],
  ["999", undefined],
  ["toString", undefined],
])("the signal %j is number %j", (signal, number) => {
  expect(signalNumber(signal)).toBe(number)
})
