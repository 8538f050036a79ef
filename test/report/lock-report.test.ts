import { describe, expect, test } from "vitest"
import type { FileLock, HostLock } from "../../src/model/host-lock.js"
import { lockReport, releaseReport } from "../../src/report/lock-report.js"
import { lockLines, releaseLines } from "../../src/report/lock-text.js"
import { PLAIN } from "../../src/report/palette.js"
import { clusterOf, existingTask, fakeHost } from "../support/fleet.js"
import { callError } from "../support/simulated-call.js"

const HOSTS = ["bj-01", "bj-02", "bj-03", "fra-01"].map(name => fakeHost(name))
const CLUSTER = clusterOf(HOSTS.map((host, n) => existingTask(`web.${n}`, host)))
const HOLDER = { who: "ann", from: "ops-1", command: "minos deploy", since: "2026-11-22T10:15:00Z" }
const FILE: FileLock = { ...HOLDER, run: "d-1", pid: 4711, owner: "lives" }
const WORDS = "by ann from ops-1 since 2026-11-22T10:15:00Z: minos deploy"

const held = (n: number, run: string, left: number): HostLock => ({
  kind: "held",
  host: HOSTS[n]!,
  lease: { ...HOLDER, run, age: 5, left },
})
const silent = (n: number, reason: "refused" | "unauthorized" = "refused"): HostLock => ({
  kind: "silent",
  host: HOSTS[n]!,
  failure: callError(reason, false).failure,
})
const free = (n: number): HostLock => ({ kind: "free", host: HOSTS[n]! })
const stock = (n: number): HostLock => ({ kind: "stock", host: HOSTS[n]! })

describe("lock show", () => {
  test.each<[string, readonly HostLock[], FileLock | undefined, number, string]>([
    ["nobody", [free(0), free(1)], undefined, 0, "shop/test: no run holds the lock"],
    [
      "one run",
      [held(0, "d-1", 47), held(1, "d-1", 52), free(2)],
      undefined,
      0,
      `held  d-1 ${WORDS}\n  on bj-[01-02]; lapses in 52 s unless it is renewed`,
    ],
    [
      "two runs, which is so for a moment only",
      [held(0, "d-1", 47), held(1, "d-2", 52)],
      undefined,
      0,
      `held  d-1 ${WORDS}\n  on bj-01; lapses in 47 s unless it is renewed\n` +
        `held  d-2 ${WORDS}\n  on bj-02; lapses in 52 s unless it is renewed`,
    ],
    [
      "stock supervisord, and a lock file of a run that lives",
      [stock(0), stock(1), free(2)],
      FILE,
      0,
      `lock file  d-1 ${WORDS}\n  on this machine, process 4711: it lives\n` +
        "stock supervisord, which can hold no lock: bj-[01-02]",
    ],
    [
      "a lock file of a dead run",
      [free(0)],
      { ...FILE, owner: "dead" },
      0,
      `shop/test: no run holds the lock\nlock file  d-1 ${WORDS}\n` +
        "  on this machine, process 4711: it is dead, and the next run takes the file over",
    ],
    [
      "hosts that do not answer",
      [free(0), silent(1), silent(2)],
      undefined,
      4,
      "shop/test: no run holds the lock\nUNREACHABLE  bj-[02-03]\n" +
        "  it is refused (bj-02: http://192.0.2.1:9001)\n  mend refused",
    ],
  ])("%s", (_, found, file, exitCode, text) => {
    const report = lockReport(CLUSTER, found, file)
    expect(report).toMatchObject({ schema: 1, command: "lock show", exitCode })
    expect(lockLines(report, PLAIN).join("\n")).toBe(text)
  })

  test("wrong credentials alone are exit code 5", () => {
    expect(lockReport(CLUSTER, [free(0), silent(1, "unauthorized")], undefined).exitCode).toBe(5)
  })
})

describe("lock release", () => {
  const about = { reason: "it hangs", removedFile: undefined, kept: undefined }

  test("tells what was released, and what was gone already counts for nothing", () => {
    const report = releaseReport(
      CLUSTER,
      [
        { kind: "released", host: HOSTS[0]!, run: "d-1" },
        { kind: "released", host: HOSTS[1]!, run: "d-1" },
        { kind: "gone", host: HOSTS[2]!, run: "d-1" },
      ],
      [],
      { ...about, removedFile: "d-1" },
    )
    expect(report).toMatchObject({ exitCode: 0, reason: "it hangs", removedFile: "d-1" })
    expect(releaseLines(report, PLAIN)).toEqual([
      "released  d-1 on bj-[01-02]",
      "released  the lock file of d-1 on this machine",
    ])
  })

  test.each<[string, Parameters<typeof releaseReport>[1], readonly HostLock[], object, number, string]>([
    ["nothing", [], [free(0)], {}, 0, "shop/test: nothing to release"],
    [
      "a run that lives here",
      [],
      [],
      { kept: FILE },
      6,
      `kept  d-1 ${WORDS}\n  it lives on this machine: end it there, or give --force`,
    ],
    [
      "hosts that were silent before and meanwhile",
      [{ kind: "silent", host: HOSTS[0]!, failure: callError("closed", true).failure }],
      [silent(1)],
      {},
      4,
      "shop/test: nothing to release\nUNREACHABLE  bj-02\n  it is refused (http://192.0.2.1:9001)\n  mend refused\n" +
        "UNREACHABLE  bj-01\n  it is closed (http://192.0.2.1:9001)\n  mend closed",
    ],
  ])("%s", (_, broken, unasked, more, exitCode, text) => {
    const report = releaseReport(CLUSTER, broken, unasked, { ...about, ...more })
    expect(report.exitCode).toBe(exitCode)
    expect(releaseLines(report, PLAIN).join("\n")).toBe(text)
  })
})
