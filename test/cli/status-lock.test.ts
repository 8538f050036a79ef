import { mkdir, writeFile } from "node:fs/promises"
import { hostname } from "node:os"
import { dirname } from "node:path"
import { afterEach, describe, expect, test, vi } from "vitest"
import { lockPath } from "../../src/cli/lock-file.js"
import { hostsToAsk, runsAtWork } from "../../src/cli/status-lock.js"
import { processMark } from "../../src/disk/process-alive.js"
import type { StandingLease } from "../../src/model/lease.js"
import type { HostLeases } from "../../src/run/lock-effects.js"
import { clusterOf, deployedTasksOn, existingTask, fakeHost } from "../support/fleet.js"
import { inFolder } from "../support/minos.js"
import { callError, faultError } from "../support/simulated-call.js"

const HOSTS = ["h-1", "h-2", "h-3", "h-4", "h-5"].map(name => fakeHost(name))
const TASKS = HOSTS.map((host, n) => existingTask(`web.${n}`, host))
const HOLDER = { who: "ann", from: hostname(), command: "minos deploy", since: "2026-11-22T10:15:00Z" }
const LEASE: StandingLease = { ...HOLDER, run: "d-1", age: 5, left: 55 }

afterEach(() => {
  vi.unstubAllEnvs()
})

/** What status finds when each host answers so, and which hosts it asked. */
async function found(answers: readonly (StandingLease | Error | undefined)[], state: string) {
  vi.stubEnv("MINOS_STATE_DIR", state)
  const asked: string[] = []
  const locks: HostLeases["locks"] = async () => {
    const answer = answers[asked.length - 1]
    if (answer instanceof Error) throw answer
    return answer
  }
  const leases = (host: { readonly name: string }) => {
    asked.push(host.name)
    return { locks } as HostLeases
  }
  const limits = { total: 1, perRegion: 1 }
  const signal = new AbortController().signal
  return { runs: await runsAtWork(clusterOf(TASKS), TASKS, { leases, limits }, signal), asked }
}

describe("the runs at work", () => {
  test.each<[string, readonly (StandingLease | Error | undefined)[], readonly string[]]>([
    ["none where nobody holds a lease", [undefined, undefined, undefined], []],
    ["one, whichever host knows of it", [undefined, LEASE, LEASE], ["d-1"]],
    ["none where no host answers", Array(3).fill(callError("refused", false)), []],
    ["none on stock supervisord", Array(3).fill(faultError(1)), []],
    ["one in spite of silence", [callError("timeout", true), faultError(1), LEASE], ["d-1"]],
  ])("are %s", async (_, answers, runs) => {
    await inFolder(async state => {
      const seen = await found(answers, state)
      expect(seen.runs.map(holder => holder.run)).toEqual(runs)
      expect(seen.asked).toEqual(["h-1", "h-2", "h-3"])
    })
  })

  test.each([
    ["a run of this machine that lives", processMark(), ["d-2"]],
    ["none where it is dead", { ...processMark(), born: "1@some-boot" }, []],
  ])("are known from the lock file: %s", async (_, mark, runs) => {
    await inFolder(async state => {
      const path = lockPath(state, "shop", "test")
      await mkdir(dirname(path))
      await writeFile(path, JSON.stringify({ ...HOLDER, run: "d-2", ...mark }))
      const seen = await found([], state)
      expect(seen.runs).toEqual(runs.map(run => ({ ...HOLDER, run })))
    })
  })
})

test("hosts that must have an agent are asked first, and each once", () => {
  const tasks = [...TASKS.slice(0, 2), ...deployedTasksOn([HOSTS[3]!, HOSTS[3]!]), TASKS[0]!]
  expect(hostsToAsk(tasks).map(host => host.name)).toEqual(["h-4", "h-1", "h-2"])
})
