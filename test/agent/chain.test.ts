import { mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Agent, startAgent } from "../../src/agent/agent.js"
import { createSupervisordBackend } from "../../src/agent/supervisord/backend.js"
import { removeTree } from "../../src/disk/remove-tree.js"
import { createProxy, type Proxy } from "../../src/rpc/proxy.js"
import type { XmlRpcStruct } from "../../src/rpc/value.js"
import { patient } from "../rpc/support.js"
import { type Supervisord, startSupervisord } from "../support/supervisord.js"

const AGENTS = 10
const DAEMONS = 3
const PROGRAMS = 8
const CALLS = 100

let folder: string
const daemons: Supervisord[] = []
const agents: Agent[] = []
const proxies: Proxy[] = []

/** What the program wrote: its own text, of its own length, from a few bytes to a hundred kilobytes. */
const content = (daemon: number, program: number) =>
  `daemon ${daemon} program ${program} é\n`.repeat(1 + (((daemon * PROGRAMS + program) * 613) % 4_000))
const log = (daemon: number, program: number) => join(folder, `d${daemon}-p${program}.log`)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "minos-chain-"))
  for (let daemon = 0; daemon < DAEMONS; daemon++) {
    const programs = Array.from({ length: PROGRAMS }, (_, program) => [
      `d${daemon}-p${program}`,
      {
        command: "sleep 1000",
        stdout_logfile: log(daemon, program),
        autostart: program % 2 === 0,
        startsecs: 0,
      },
    ])
    const slow = {
      command: "sleep 1000",
      startsecs: 2,
      autostart: false,
      startretries: 0,
      stopasgroup: true,
      killasgroup: true,
    }
    const slows = Array.from({ length: AGENTS }, (_, n) => [`d${daemon}-slow${n}`, slow])
    daemons.push(await startSupervisord({ programs: Object.fromEntries([...programs, ...slows]) }))
    for (let program = 0; program < PROGRAMS; program++)
      await writeFile(log(daemon, program), content(daemon, program))
  }
  for (let n = 0; n < AGENTS; n++) {
    const daemon = daemons[n % DAEMONS]!
    const backend = createSupervisordBackend({
      endpoint: patient(n % 2 ? daemon.url : daemon.socketUrl),
      programDir: daemon.programFolder,
    })
    const root = join(folder, `agent-${n}`)
    const agent = await startAgent({
      root,
      host: "127.0.0.1",
      port: 0,
      backend,
      version: "0.1.0",
      log: () => {},
    })
    agents.push(agent)
    proxies.push(createProxy(patient(`http://127.0.0.1:${agent.port}`)))
  }
})

afterAll(async () => {
  await Promise.all(agents.map(agent => agent.close()))
  await Promise.all(daemons.map(daemon => daemon.stop()))
  await removeTree(folder)
})

/** A call and what only its own answer can be. */
interface Question {
  readonly method: string
  readonly params: readonly (string | number | boolean)[]
  check(answer: unknown): void
}

function question(agent: number, call: number): Question {
  const daemon = agent % DAEMONS
  const program = (call * 7 + agent) % PROGRAMS
  const name = `d${daemon}-p${program}`
  switch (call % 5) {
    case 0:
      return {
        method: "supervisor.getProcessInfo",
        params: [name],
        check: answer =>
          expect(answer).toMatchObject({ name, group: name, stdout_logfile: log(daemon, program) }),
      }
    case 1:
      return {
        method: "supervisor.readProcessStdoutLog",
        params: [name, 0, 0],
        check: answer => expect(answer === content(daemon, program)).toBe(true),
      }
    case 2:
      return {
        method: "supervisor.getAllProcessInfo",
        params: [],
        check: answer => {
          const names = (answer as XmlRpcStruct[]).map(info => String(info.name))
          expect(names).toHaveLength(PROGRAMS + AGENTS)
          expect(names.filter(name => !name.startsWith(`d${daemon}-`))).toEqual([])
        },
      }
    case 3:
      return {
        method: "supervisor.startProcess",
        params: [`no-such-${agent}-${call}`],
        check: answer =>
          expect((answer as { fault?: unknown }).fault).toEqual({
            code: 10,
            text: `BAD_NAME: no-such-${agent}-${call}`,
          }),
      }
    default:
      return {
        method: "deployment.operation",
        params: [`d-${agent}-${call}`],
        check: answer =>
          expect((answer as { fault?: unknown }).fault).toEqual({
            code: 202,
            text: `UNKNOWN_OPERATION: d-${agent}-${call}`,
          }),
      }
  }
}

test("a hundred calls in flight through ten agents, slow ones among them, each get their own answer", async () => {
  const order: string[] = []
  // Each agent has one call that takes two seconds before and during all the others.
  const slow = proxies.map(async (proxy, agent) => {
    const name = `d${agent % DAEMONS}-slow${agent}`
    const answer = await proxy.call("supervisor.startProcess", [name, true])
    order.push("slow")
    expect(answer).toBe(true)
    expect(await proxy.call("supervisor.getProcessInfo", [name])).toMatchObject({
      name,
      statename: "RUNNING",
    })
  })
  let inFlight = 0
  let peak = 0
  const quick = Array.from({ length: CALLS }, async (_, call) => {
    const agent = call % AGENTS
    const { method, params, check } = question(agent, Math.floor(call / AGENTS) + call)
    peak = Math.max(peak, ++inFlight)
    const answer = await proxies[agent]!.call(method, params).catch((error: unknown) => error)
    inFlight--
    order.push("quick")
    check(answer)
  })
  await Promise.all([...slow, ...quick])
  expect(peak).toBe(CALLS)
  expect(order.slice(0, CALLS)).toEqual(Array(CALLS).fill("quick"))
})

test("the same through one agent alone, again and again", async () => {
  for (let round = 0; round < 3; round++)
    await Promise.all(
      Array.from({ length: CALLS }, async (_, call) => {
        const { method, params, check } = question(0, call + round)
        check(await proxies[0]!.call(method, params).catch((error: unknown) => error))
      }),
    )
})
