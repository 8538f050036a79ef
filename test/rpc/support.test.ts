import { existsSync } from "node:fs"
import { expect, test } from "vitest"
import { childrenOf, isAlive } from "../support/processes.js"
import { startSimpleServer } from "../support/python.js"
import { startSupervisord } from "../support/supervisord.js"
import { until } from "../support/until.js"

test("a supervisord that is stopped leaves no process and no folder", async () => {
  const daemon = await startSupervisord({
    programs: { cat: "cat", deaf: { command: `sh -c "trap '' TERM; sleep 1000 & wait"`, startsecs: 0 } },
    password: "a%b",
  })
  const children = await until("both programs run", () => {
    const pids = childrenOf(daemon.pid)
    return pids.length === 2 && pids
  })
  await daemon.stop()
  await until("all have ended", () => [daemon.pid, ...children].every(pid => !isAlive(pid)))
  expect(existsSync(daemon.folder)).toBe(false)
})

test("a Python server listens and ends", async () => {
  const server = await startSimpleServer({ threaded: true })
  expect(server.port).toBeGreaterThan(0)
  await server.stop()
})
