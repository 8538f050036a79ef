import { expect, onTestFinished, test } from "vitest"
import { createSupervisordBackend } from "../../src/agent/supervisord/backend.js"
import { whileBeating } from "../../src/agent/supervisord/pulse.js"
import { FAULT } from "../../src/model/fault.js"
import { parseEndpoint } from "../../src/rpc/endpoint.js"
import { startSupervisord } from "../support/supervisord.js"
import { until } from "../support/until.js"
import { BACKENDS, bench, PROGRAM, releaseOf, STAYS, TASK } from "./support.js"

/** An agent beside a supervisord that it asks with the deadlines of every day, and a task that runs there. */
async function besideSupervisord() {
  const daemon = await startSupervisord({
    programs: { slow: { command: "sleep 1000", startsecs: 600, autostart: false } },
  })
  onTestFinished(() => daemon.stop())
  const backend = createSupervisordBackend({
    endpoint: parseEndpoint(daemon.socketUrl),
    programDir: daemon.programFolder,
  })
  const all = await bench("supervisord", { backend })
  const blob = await all.upload("1", STAYS("1"))
  const made = releaseOf(blob, "1")
  expect(await all.deploy(made)).toMatchObject({ state: "done" })
  const { pid } = await all.reaches("RUNNING")
  const faultOf = (name: string, params: readonly (string | boolean)[] = []) =>
    all.proxy.call(name, params).then(
      () => undefined,
      error => [error.failure.faultCode, error.failure.message],
    )
  onTestFinished(() => void process.kill(daemon.pid, "SIGCONT"))
  return { all, daemon, pid, blob, made, faultOf }
}

const SILENT = [
  FAULT.FAILED,
  expect.stringMatching(/^FAILED: the supervisord beside the agent: .*no answer came in time/),
]

test.skipIf(!BACKENDS.includes("supervisord"))(
  "an agent whose supervisord hangs says so, answers what it knows itself, and goes on when that does",
  async () => {
    const { all, daemon, pid, blob, made, faultOf } = await besideSupervisord()
    // One that began before, and waits for a program to be RUNNING.
    const waiting = faultOf("supervisor.startProcess", ["slow"])
    await until("it starts", async () => (await all.info("slow")).state === "STARTING")
    process.kill(daemon.pid, "SIGSTOP")

    const next = releaseOf(blob, "1", { env: { A: "b" } })
    const [deployed, inspected, ...faults] = await Promise.all([
      all.deploy(next),
      all.deployment.inspect(TASK.service, TASK.cluster, ""),
      faultOf("supervisor.getAllProcessInfo"),
      faultOf("supervisor.getProcessInfo", [PROGRAM]),
      faultOf("supervisor.stopProcess", [PROGRAM]),
      faultOf("supervisor.tailProcessStdoutLog"),
      waiting,
    ])
    expect(faults.toSpliced(3, 1)).toEqual([SILENT, SILENT, SILENT, SILENT])
    expect(deployed).toMatchObject({ state: "failed", step: "asking the supervisor", message: SILENT[1] })
    expect(inspected.tasks).toMatchObject([{ release: made.id, orphan: 0 }])
    expect(await all.proxy.call("deployment.list")).toMatchObject([{ release: made.id }])
    expect(await all.proxy.call("system.listMethods")).toContain("deployment.inspect")

    process.kill(daemon.pid, "SIGCONT")
    expect(await all.deploy(next)).toMatchObject({ state: "done" })
    const after = await all.reaches("RUNNING")
    expect(after.release).toBe(next.id)
    expect(after.pid).not.toBe(pid)
    expect(after).not.toHaveProperty("orphan")
  },
)

test("work goes on while the beat is answered, and ends with the beat's error", async () => {
  let beats = 0
  let cancelled = false
  const never = new AbortController().signal
  const work = (signal: AbortSignal) =>
    new Promise<string>(resolve => {
      signal.addEventListener("abort", () => {
        cancelled = true
        resolve("late")
      })
    })
  const beat = async () => {
    if (++beats === 2) throw new Error("silent")
  }
  await expect(whileBeating(beat, work, never, 1)).rejects.toThrow("silent")
  expect([beats, cancelled]).toEqual([2, true])
  const two = async () => {
    await until("it beat twice", () => beats >= 4)
    return "done"
  }
  expect(await whileBeating(async () => void beats++, two, never, 1)).toBe("done")
})
