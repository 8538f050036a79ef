import { describe, expect, test } from "vitest"
import type { Backend } from "../../src/agent/backend.js"
import { control, recoverControl } from "../../src/agent/control.js"
import type { Recorded } from "../../src/agent/operation-journal.js"
import type { Step } from "../../src/agent/operations.js"
import type { ProcessInfo, ProcessState } from "../../src/model/process.js"

const STEP: Step = async (_name, _what, work) => work()
/** A journal whose disk is full when this step is to be written down. */
const failingAt =
  (name: string): Step =>
  async (step, what, work) => {
    if (step === name) throw new Error("ENOSPC")
    return STEP(step, what, work)
  }

type Programs = Readonly<Record<string, readonly [state: ProcessState, pid: number]>>

const NOTHING = async (): Promise<void> => {}

describe("control", () => {
  test("tells of each process that ran when it was stopped, before it is started again", async () => {
    const { backend, calls } = supervised({ "g:a": ["RUNNING", 5], "g:b": ["STOPPED", 0] })
    await control({ program: "g:*", action: "restart" }, STEP, backend, async ({ name }) => {
      calls.push(`stopped ${name}`)
    })
    expect(calls).toEqual(["stop g:a", "stop g:b", "stopped a", "start g:a", "start g:b"])
  })

  test("starts again what a restart stopped when the next step cannot be written down", async () => {
    const { backend, calls } = supervised({ web: ["RUNNING", 5] })
    await expect(
      control({ program: "web", action: "restart" }, failingAt("apply"), backend, NOTHING),
    ).rejects.toThrow("ENOSPC")
    expect(calls).toEqual(["stop web", "start web"])
  })

  test("leaves no member of a group stopped because another cannot be", async () => {
    const { backend, calls } = supervised(
      { "g:a": ["RUNNING", 5], "g:b": ["RUNNING", 6] },
      { cannotStop: "g:a" },
    )
    await expect(control({ program: "g:*", action: "restart" }, STEP, backend, NOTHING)).rejects.toThrow(
      "cannot stop g:a",
    )
    expect(calls).toEqual(["stop g:a", "stop g:b", "start g:a", "start g:b"])
  })

  test("fails a stop after which something still runs", async () => {
    const { backend } = supervised({ web: ["RUNNING", 5] }, { keeps: true })
    await expect(control({ program: "web", action: "stop" }, STEP, backend, NOTHING)).rejects.toThrow(
      "STILL_RUNNING: web",
    )
  })
})

describe("what was cut off", () => {
  test.each<[string, "start" | "stop" | "restart", Recorded["step"], Programs, string, readonly string[]]>([
    ["before its first step never happened", "restart", undefined, { web: ["RUNNING", 5] }, "never", []],
    [
      "in the stop of a restart",
      "restart",
      at("stop"),
      { web: ["RUNNING", 5] },
      "over",
      ["stop web", "start web"],
    ],
    ["after the stop of a restart", "restart", at("stop"), { web: ["STOPPED", 0] }, "over", ["start web"]],
    ["after a restart by somebody", "restart", at("stop"), { web: ["RUNNING", 77] }, "over", ["start web"]],
    ["in the start of a restart", "restart", at("apply"), { web: ["RUNNING", 77] }, "over", ["start web"]],
    ["in a stop", "stop", at("stop"), { web: ["RUNNING", 5] }, "over", ["stop web"]],
    ["in a stop of what runs anew since", "stop", at("stop"), { web: ["RUNNING", 77] }, "over", ["stop web"]],
    ["in a start", "start", at("apply"), { web: ["STOPPED", 0] }, "over", ["start web"]],
  ])("%s", async (_what, action, step, programs, verdict, expected) => {
    const { backend, calls } = supervised(programs)
    expect(await recoverControl(recorded(action, step), STEP, backend, NOTHING)).toBe(verdict)
    expect(calls).toEqual(expected)
  })
})

function at(name: "stop" | "apply"): Recorded["step"] {
  return { name, facts: { pids: { web: 5 } } }
}

function recorded(action: string, step: Recorded["step"]): Recorded {
  return {
    op: "r-1/control/web.0",
    argsHash: "",
    notAfter: 0,
    user: "",
    generation: 1,
    at: 0,
    intent: {
      method: "control",
      cluster: { service: "shop", cluster: "test" },
      program: "web",
      args: { program: "web", action },
    },
    ...(step ? { step } : {}),
  }
}

/** What of a backend a control needs, with the calls that came. */
function supervised(
  programs: Programs,
  { cannotStop = "", keeps = false }: { readonly cannotStop?: string; readonly keeps?: boolean } = {},
) {
  const calls: string[] = []
  const states = new Map(Object.entries(programs))
  const info = ([name, [state, pid]]: [string, readonly [ProcessState, number]]): ProcessInfo => {
    const [group = name, own = group] = name.split(":")
    return {
      name: own,
      group,
      state,
      pid,
      start: 1,
      stop: 0,
      now: 2,
      spawnerr: "",
      exitstatus: 0,
      stdoutLog: "",
      stderrLog: "",
    }
  }
  const backend = {
    processes: async () => [...states].map(info),
    stop: async (name: string) => {
      calls.push(`stop ${name}`)
      if (name === cannotStop) throw new Error(`cannot stop ${name}`)
      if (!keeps) states.set(name, ["STOPPED", 0])
    },
    start: async (name: string) => {
      calls.push(`start ${name}`)
      states.set(name, ["RUNNING", 99])
    },
  } as unknown as Backend
  return { backend, calls }
}
