import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { inSession } from "../../src/cli/session.js"
import { realSurroundings } from "../../src/cli/surroundings.js"
import { createTerminal, type Terminal } from "../../src/cli/terminal.js"
import { DEFAULT_CLUSTER_POLICY, DEFAULT_JOB_POLICY } from "../../src/cluster/defaults.js"
import type { Task } from "../../src/model/cluster.js"
import type { Check, Gate, Hook, HookName } from "../../src/model/policy.js"
import type { HostAgent } from "../../src/run/deploy-effects.js"
import type { Surroundings } from "../../src/run/verbs.js"
import { clusterOf, deployedAs, deployedTasksOn, fakeHost } from "../support/fleet.js"
import { freePort } from "../support/ports.js"
import { type SimulatedAgentOptions, simulatedAgent } from "../support/simulated-agent.js"
import { simulatedFleet } from "../support/simulated-fleet.js"
import { keptTerminal, LiveStream } from "./streams.js"

const prompt = vi.hoisted(() => ({ confirm: vi.fn() }))
vi.mock("@inquirer/prompts", () => prompt)
afterEach(() => vi.resetAllMocks())

const TASK: Task = deployedTasksOn([{ ...fakeHost("web-01"), address: "127.0.0.1" }])[0]!
const WAVE = { name: "west", canary: false, shares: [] }
const NEVER = new AbortController().signal
const TIMING = { interval: 1_000, timeout: 3_000 }
const CTRL_C = Object.assign(new Error("User force closed the prompt"), { name: "ExitPromptError" })

describe("a check of a task", () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/health" ? 200 : 503
    response.end("ready")
  })
  let port = 0
  let closed = 0
  beforeAll(async () => {
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
    port = (server.address() as AddressInfo).port
    closed = await freePort()
  })
  afterAll(() => server.close())

  test.each<[string, () => Check, RegExp | undefined]>([
    ["rpc: that it runs is enough", () => ({ kind: "rpc", ...TIMING }), undefined],
    ["tcp: a port that answers", () => ({ kind: "tcp", port, ...TIMING }), undefined],
    [
      "tcp: a port that is shut",
      () => ({ kind: "tcp", port: closed, ...TIMING }),
      /^connection refused on port \d+$/,
    ],
    [
      "http: as wanted",
      () => ({ kind: "http", port, path: "/health", status: 200, body: "ready", ...TIMING }),
      undefined,
    ],
    ["http: another status", () => ({ kind: "http", port, path: "/", status: 200, ...TIMING }), /503/],
    ["cmd: asks the agent", () => ({ kind: "cmd", argv: ["true"], ...TIMING }), undefined],
  ])("%s", async (_, check, said) => {
    await surrounded({}, async ({ ask }) => {
      const answer = await ask(TASK, check(), NEVER)
      if (said === undefined) expect(answer).toBeUndefined()
      else expect(answer).toMatch(said)
    })
  })

  test("cmd: an agent that does not answer is a check that fails", async () => {
    await surrounded({ agent: { trouble: { probe: ["refused"] } } }, async ({ ask }) => {
      expect(await ask(TASK, { kind: "cmd", argv: ["true"], ...TIMING }, NEVER)).toBe("it is refused")
    })
  })
})

describe("a gate", () => {
  const confirm: Gate = { kind: "confirm", question: "All green?", ...TIMING }
  const cmd = (...argv: string[]): Gate => ({ kind: "cmd", argv, interval: 5, timeout: 3_000 })

  test.each<[string, readonly Gate[], boolean, string | undefined]>([
    ["there is none: open", [], false, undefined],
    ["a command that ends well 3 times opens it", [cmd("true")], false, undefined],
    ["a command that fails twice shuts it", [cmd("false")], false, "exit status 1"],
    ["one that is shut is enough", [cmd("true"), cmd("false")], false, "exit status 1"],
    [
      "a question that nobody can answer shuts it",
      [confirm],
      false,
      'nobody is there to answer "All green?"',
    ],
  ])("%s", async (_, gates, isInteractive, why) => {
    await surrounded({ gates, isInteractive }, async ({ gate }) => {
      const answer = await gate(WAVE)
      expect(answer.open).toBe(why === undefined)
      if (!answer.open) expect(answer.why).toContain(why)
    })
  })

  test.each<[string, () => void, object]>([
    ["a yes opens it", () => prompt.confirm.mockResolvedValue(true), { open: true }],
    [
      "a no shuts it",
      () => prompt.confirm.mockResolvedValue(false),
      { open: false, why: "the operator said no" },
    ],
    [
      "Ctrl-C shuts it",
      () => prompt.confirm.mockRejectedValue(CTRL_C),
      { open: false, why: "the operator said no" },
    ],
  ])("that asks: %s", async (_, press, answer) => {
    press()
    await surrounded({ gates: [confirm], isInteractive: true }, async ({ gate }) => {
      expect(await gate(WAVE)).toEqual(answer)
    })
    expect(prompt.confirm.mock.calls[0]?.[0].message).toBe("All green? (next: west)")
  })

  test("asks nobody in the middle of watching, and is open when the watching ends", async () => {
    await surrounded({ gates: [confirm, cmd("true")], isInteractive: true }, async ({ watchGates }) => {
      expect(await watchGates!(AbortSignal.timeout(200))).toEqual({ open: true })
    })
    expect(prompt.confirm).not.toHaveBeenCalled()
  })

  test("that shuts while it is watched says why", async () => {
    await surrounded({ gates: [cmd("true"), cmd("false")] }, async ({ watchGates }) => {
      expect(await watchGates!(AbortSignal.timeout(20_000))).toMatchObject({
        open: false,
        why: expect.stringContaining("exit status 1"),
      })
    })
  })
})

describe("whether to go on after a failure", () => {
  test("is not asked where nobody can answer", async () => {
    await surrounded({}, async ({ goOn }) => expect(await goOn("why")).toBe(false))
    expect(prompt.confirm).not.toHaveBeenCalled()
  })

  test.each<[string, () => void, boolean]>([
    ["a yes", () => prompt.confirm.mockResolvedValue(true), true],
    ["a no", () => prompt.confirm.mockResolvedValue(false), false],
    ["Ctrl-C, which must not cost the report", () => prompt.confirm.mockRejectedValue(CTRL_C), false],
  ])("%s", async (_, press, answer) => {
    press()
    await surrounded({ isInteractive: true }, async ({ goOn }) =>
      expect(await goOn("web.0 failed")).toBe(answer),
    )
    expect(prompt.confirm.mock.calls[0]?.[0].message).toBe("web.0 failed. Go on?")
  })
})

describe("a hook", () => {
  const hook = (on: Hook["on"], ...argv: string[]): Hook => ({ argv, on, timeout: 5_000 })
  const deployed: SimulatedAgentOptions = { tasks: [deployedAs(["1 1.0.0"])] }

  test.each<[string, Partial<Record<HookName, Hook>>, SimulatedAgentOptions, RegExp | undefined]>([
    ["that is not there is no failure", {}, deployed, undefined],
    ["on this machine that ends well", { preTask: hook("operator", "true") }, deployed, undefined],
    [
      "on this machine that fails says so, with what it wrote",
      { preTask: hook("operator", "sh", "-c", "echo no drain >&2; exit 3") },
      deployed,
      /exit status 3.*no drain/s,
    ],
    [
      "knows its task by the environment",
      { preTask: hook("operator", "sh", "-c", 'test "$MINOS_TASK $MINOS_VERB" = "web.0 deploy"') },
      deployed,
      undefined,
    ],
    ["on the agent", { preTask: hook("agent", "drain") }, deployed, undefined],
    [
      "on an agent that does not answer fails",
      { preTask: hook("agent", "drain") },
      { ...deployed, trouble: { hook: ["refused"] } },
      /it is refused/,
    ],
    [
      "on an agent where nothing is deployed yet has nothing to do",
      { preTask: hook("agent", "drain") },
      { trouble: { hook: ["refused"] } },
      undefined,
    ],
  ])("%s", async (_, hooks, agent, said) => {
    await surrounded({ hooks, agent }, async surroundings => {
      const answer = await surroundings.hook("preTask", { job: "web", task: TASK })
      if (said === undefined) expect(answer).toBeUndefined()
      else expect(answer).toMatch(said)
    })
  })

  test("on the agent is run there, by its name", async () => {
    const done = await surrounded(
      { hooks: { postTask: hook("agent", "undrain") }, agent: deployed },
      async surroundings => {
        await surroundings.hook("postTask", { job: "web", task: TASK, outcome: "changed" })
      },
    )
    expect(done).toEqual(["hook postTask"])
  })
})

test("what happens stays on the screen: halts and reverts as lines", async () => {
  const { terminal, err } = keptTerminal()
  await surrounded({ terminal }, async ({ tell }) => {
    tell({ kind: "wave", job: "web", name: "canary", index: 1, of: 2 })
    tell({ kind: "dispatched", task: TASK })
    tell({ kind: "halted", why: "the run stopped after web.0 on web-01 went wrong" })
    tell({ kind: "reverting", tasks: 2 })
  })
  expect(err.text()).toContain("web canary")
  expect(err.text()).toContain(
    "halted: the run stopped after web.0 on web-01 went wrong\nputting 2 tasks back\n",
  )
})

interface Given {
  readonly gates?: readonly Gate[]
  readonly hooks?: Partial<Record<HookName, Hook>>
  readonly agent?: SimulatedAgentOptions
  readonly isInteractive?: boolean
  readonly terminal?: Terminal
}

/** Works in the surroundings of a deploy; gives what its one agent did. */
async function surrounded(
  { gates = [], hooks = {}, agent: options = {}, isInteractive = false, terminal }: Given,
  work: (surroundings: Surroundings) => Promise<void>,
): Promise<readonly string[]> {
  const fleet = simulatedFleet([TASK])
  const agent = simulatedAgent(fleet.clock, fleet.host("web-01"), options)
  const stderr = new LiveStream(80)
  const live = createTerminal({ stdin: { isTTY: true }, stdout: stderr, stderr }, {})
  const shown = terminal ?? (isInteractive ? live : keptTerminal().terminal)
  await inSession(shown, { title: "deploy shop/test", planned: 1, changes: true }, session =>
    work(
      realSurroundings({
        verb: "deploy",
        operation: "d-20261122-101500-x7f2",
        cluster: {
          ...clusterOf([TASK]),
          file: "/tmp/test.yaml",
          policy: { ...DEFAULT_CLUSTER_POLICY, gates },
        },
        jobPolicy: () => ({ ...DEFAULT_JOB_POLICY, hooks }),
        agent: (): HostAgent => agent,
        session,
        terminal: shown,
      }),
    ),
  )
  return agent.done
}
