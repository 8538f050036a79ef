import { spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { createProxy } from "../../src/rpc/proxy.js"
import { patient } from "../rpc/support.js"
import { RUN } from "../support/minos.js"
import { ended, launch } from "../support/processes.js"
import { until } from "../support/until.js"
import { temporaryFolder } from "./support.js"

/** A real agent that may hold so many files open. */
async function agentWith(descriptors: number) {
  const root = await temporaryFolder()
  const args = [RUN, "agent", "serve", "--embedded", "--listen", "127.0.0.1:0", "--root", join(root, "agent")]
  const child = launch(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] })
  onTestFinished(async () => {
    child.kill("SIGKILL")
    await ended(child)
  })
  let said = ""
  for (const stream of [child.stdout, child.stderr])
    stream!.on("data", part => {
      said += part
    })
  const port = await until("it listens", () => {
    if (child.exitCode !== null) throw new Error(`it ended: ${said}`)
    return Number(/:(\d+), embedded backend/.exec(said)?.[1] ?? 0)
  })
  // Only now, for Node opens hundreds of modules at once when it begins.
  spawnSync("prlimit", [`--pid=${child.pid}`, `--nofile=${descriptors}`])
  return { child, port, said: () => said, open: () => readdirSync(`/proc/${child.pid}/fd`).length }
}

const hasPrlimit = spawnSync("prlimit", ["--version"]).status === 0

test.skipIf(!hasPrlimit)(
  "an agent without a free file descriptor takes no more connections, and answers again when there is one",
  async () => {
    const { child, port, open, said } = await agentWith(64)
    const before = open()
    const proxy = createProxy(patient(`http://127.0.0.1:${port}`))
    expect(await proxy.call("system.listMethods")).toContain("deployment.inspect")
    const crowd = Array.from({ length: 100 }, () =>
      connect({ port, host: "127.0.0.1", localAddress: "127.0.0.2" }),
    )
    for (const socket of crowd) socket.on("error", () => {})
    await until("it has no descriptor left", () => open() >= 63)
    for (const socket of crowd) socket.destroy()
    await until("it has let them go", () => open() <= before + 1)
    expect(await proxy.call("system.listMethods")).toContain("deployment.inspect")
    expect(await proxy.call("deployment.inspect", ["a", "b", ""])).toMatchObject({ tasks: [] })
    expect([child.exitCode, child.signalCode]).toEqual([null, null])
    expect(said()).not.toMatch(/Error|at .*\.js:/)
  },
)
