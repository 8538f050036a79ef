import { describe, expect, test } from "vitest"
import { restartTask } from "../../src/run/change-task.js"
import { inWords } from "../support/simulated-fleet.js"
import { expectOutcome, PATIENCE, type Row, seen } from "./one-task.js"

describe("restartTask", () => {
  test.each<Row>([
    [
      "stops and starts what is RUNNING",
      { state: "RUNNING" },
      {},
      "changed RUNNING, pid 101 (was 100)",
      ["stop", "start"],
    ],
    ["starts what is STOPPED", {}, {}, "changed RUNNING, pid 101", ["start"]],
    [
      "starts only when the old process is gone",
      { state: "RUNNING", stopTakes: 8_000 },
      {},
      "changed RUNNING, pid 101 (was 100)",
      ["stop", "start"],
    ],
    [
      "does not start what does not end",
      { state: "RUNNING", stopTakes: Number.POSITIVE_INFINITY },
      {},
      "failed not as wanted after 20 s: still STOPPING",
      ["stop"],
    ],
    [
      "goes on when the answer to the stop is lost",
      { state: "RUNNING" },
      { stop: ["lost"] },
      "changed RUNNING, pid 101 (was 100)",
      ["stop", "start"],
    ],
    [
      "stops and starts once when the answers of both are lost",
      { state: "RUNNING" },
      { stop: ["hang"], start: ["hang"] },
      "changed RUNNING, pid 101 (was 100)",
      ["stop", "start"],
    ],
    [
      "says so when a stop that was given up comes after the start",
      { state: "RUNNING" },
      { stop: [{ late: 9_000 }, "ok"] },
      "failed it was started, and then stopped from outside",
      ["stop", "start", "stop"],
    ],
    [
      "goes on when a stop that was given up comes before the start",
      { state: "RUNNING", stopTakes: 4_000 },
      { stop: [{ late: 9_000 }, "ok"] },
      "changed RUNNING, pid 101 (was 100)",
      ["stop", "stop", "start"],
    ],
    [
      "is not misled by a stop that comes twice",
      { state: "RUNNING" },
      { stop: ["twice"], start: ["twice"] },
      "changed RUNNING, pid 101 (was 100)",
      ["stop", "stop", "start", "start"],
    ],
    [
      "starts nothing after a stop whose outcome it cannot read",
      { state: "RUNNING" },
      { stop: ["lost"], process: ["ok", "refused"] },
      "unreachable refused (unknown)",
      ["stop"],
    ],
    [
      "does not know what happened when the host refuses connections after the stop",
      { state: "RUNNING" },
      { start: ["refused"] },
      "unreachable refused (unknown)",
      ["stop"],
    ],
    [
      "fails with what does not come up again",
      { state: "RUNNING", lives: [100] },
      {},
      "failed the program does not stay up: FATAL",
      ["stop", "start"],
    ],
    [
      "fails when the program was taken out of the supervisor",
      { state: "RUNNING" },
      { process: [{ fault: 10 }] },
      "failed FAULT_10",
      ["stop"],
    ],
  ])("%s", (_, program, trouble, outcome, changes) =>
    expectOutcome(restartTask, program, trouble, outcome, changes),
  )

  test("also stops what came up after it was looked at", async () => {
    const { fleet, task, before } = await seen("web", { programs: [{ name: "web" }] })
    await fleet.host("web-01").start("web", fleet.effects.signals.aborting)
    expect(inWords(await restartTask(task, before, fleet.effects, PATIENCE))).toBe("changed RUNNING, pid 102")
  })

  test("does not start again what someone stopped after its start, and names the stop that may be its own", async () => {
    const late = await seen("web", {
      programs: [{ name: "web", state: "RUNNING" }],
      trouble: { stop: [{ late: 9_000 }, "ok"] },
    })
    const own = await restartTask(late.task, late.before, late.fleet.effects, PATIENCE)
    expect(own).toMatchObject({
      kind: "failed",
      evidence: { state: "STOPPED", hint: expect.stringMatching(/may have come late/) },
    })
    expect(late.fleet.host("web-01").effective.map(({ change }) => change)).toEqual([
      "stop web",
      "start web",
      "stop web",
    ])

    const { fleet, task, before } = await seen("web", { programs: [{ name: "web", state: "RUNNING" }] })
    const outcome = restartTask(task, before, fleet.effects, PATIENCE)
    const someone = fleet.host("web-01")
    void fleet.clock
      .sleep(2_000, new AbortController().signal)
      .then(() => someone.stop("web", fleet.effects.signals.aborting))
    expect(await outcome).toMatchObject({
      kind: "failed",
      evidence: { hint: expect.stringMatching(/^someone else stopped it/) },
    })
  })

  test("starts every process of a group", async () => {
    const programs = ["web:a", "web:b"].map(name => ({ name, state: "RUNNING" }) as const)
    const { fleet, task, before } = await seen("web:*", { programs })
    expect(inWords(await restartTask(task, before, fleet.effects, PATIENCE))).toBe(
      "changed 2 processes RUNNING",
    )
    expect(fleet.host("web-01").changes).toEqual(["stop web:a", "stop web:b", "start web:a", "start web:b"])
  })

  test("names the process of a group that is not as it should be", async () => {
    const programs = [
      { name: "web:a", state: "RUNNING" },
      { name: "web:b", state: "RUNNING", lives: [100], stderr: "b says no\n" },
    ] as const
    const { fleet, task, before } = await seen("web:*", { programs })
    const outcome = await restartTask(task, before, fleet.effects, PATIENCE)
    expect(outcome).toMatchObject({ kind: "failed", evidence: { state: "FATAL", stderr: ["b says no"] } })
  })

  test("fails when the group is gone meanwhile", async () => {
    const { fleet, task, before } = await seen("web:*", { programs: [{ name: "web:a", state: "STOPPING" }] })
    fleet.host("web-01").remove("web:a")
    const outcome = await restartTask(task, before, fleet.effects, PATIENCE)
    expect(inWords(outcome)).toBe("failed the group of web:* is gone")
  })
})
