import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { realEffects } from "../../src/cli/effects.js"
import type { Task } from "../../src/model/cluster.js"
import type { Outcome, TaskView } from "../../src/model/outcome.js"
import { parseEndpoint } from "../../src/rpc/endpoint.js"
import { createProxy } from "../../src/rpc/proxy.js"
import { type ChangeTask, startTask } from "../../src/run/change-task.js"
import { viewTasks } from "../../src/run/view.js"
import { supervisorAt } from "../support/calls.js"
import { existingTask, fakeHost } from "../support/fleet.js"
import { inWords } from "../support/simulated-fleet.js"
import { READ, START, STOP, says } from "../support/stock-calls.js"
import { type Supervisord, startSupervisord } from "../support/supervisord.js"
import { startToxicProxy } from "../support/toxic-proxy.js"
import { until } from "../support/until.js"
import { ROWS, RUNS, sent, sentSince } from "./stock-fault-rows.js"

/** A program that writes a line when it starts. */
const program = (name: string, autostart: boolean) => ({
  command: `/bin/sh -c "echo started >> %(here)s/${name}.starts; exec sleep 1000"`,
  autostart,
})
const nameOf = (n: number): string => `web-${n}`

let daemon: Supervisord

beforeAll(async () => {
  daemon = await startSupervisord({
    programs: Object.fromEntries(ROWS.map(({ running }, n) => [nameOf(n), program(nameOf(n), running)])),
  })
  const calls = supervisorAt(createProxy(parseEndpoint(daemon.url)))
  const running = ROWS.filter(row => row.running).length
  await until("the programs run", async () => {
    const all = await calls.getAllProcessInfo()
    return all.filter(({ state }) => state === "RUNNING").length === running
  })
})

afterAll(() => daemon?.stop())

describe("a stock supervisord behind a line that breaks", { concurrent: true }, () => {
  test.each(ROWS.map((row, n) => [row.name, row, nameOf(n)] as const))("%s", async (_, row, web) => {
    const proxy = await startToxicProxy({ port: daemon.port })
    try {
      const before = await startsOf(daemon, web)
      row.toxics(proxy)
      const outcome = await run(row.change, taskAt(proxy.port, web), row.deadline)
      expect(inWords(outcome)).toMatch(row.words)
      proxy.heal()
      const calls = supervisorAt(createProxy(parseEndpoint(daemon.url)))
      await until(`it is ${row.state}`, async () => (await calls.getProcessInfo(web)).state === row.state)
      expect((await startsOf(daemon, web)) - before).toBe(row.starts)
      expect({ start: sent(proxy, START), stop: sent(proxy, STOP) }).toEqual(row.sent)
    } finally {
      await proxy.stop()
    }
  })
})

test("a supervisord that is halted in the middle of a start and goes on later has started once", async () => {
  const own = await startSupervisord({ programs: { web: program("web", false) } })
  const proxy = await startToxicProxy({ port: own.port })
  try {
    let halted = false
    const halt = (request: string): boolean => {
      if (says(START)(request) && !halted) {
        halted = true
        process.kill(own.pid, "SIGSTOP")
      }
      return false
    }
    proxy.toxic("up", { kind: "swallow" }, { when: halt })
    const outcome = run(startTask, taskAt(proxy.port, "web"))
    await until("reads after the start hang as well", () => halted && sentSince(proxy, START, READ) >= 2)
    process.kill(own.pid, "SIGCONT")
    expect(inWords(await outcome)).toMatch(RUNS)
    expect(await startsOf(own, "web")).toBe(1)
    expect(sent(proxy, START)).toBe(1)
  } finally {
    await proxy.stop()
    await own.stop()
  }
})

function taskAt(port: number, web: string): Task {
  const host = fakeHost("web-01")
  const endpoint = parseEndpoint(`http://127.0.0.1:${port}`, { timeout: 1_000 })
  return existingTask("web.0", { ...host, endpoint }, web)
}

async function run(change: ChangeTask, task: Task, deadline = 20_000): Promise<Outcome> {
  const never = new AbortController().signal
  const effects = realEffects({ stopping: never, aborting: never })
  const [before] = await viewTasks([task], effects, { total: 1, perRegion: 1 })
  return change(task, before as TaskView, effects, { deadline, minHealthy: 1_000 })
}

async function startsOf({ folder }: Supervisord, web: string): Promise<number> {
  const text = await readFile(join(folder, `${web}.starts`), "utf8").catch(() => "")
  return text.split("\n").length - 1
}
