import { mkdir, mkdtemp, readdir, readFile, readlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { FAILPOINTS } from "../../src/disk/failpoint.js"
import { removeTree } from "../../src/disk/remove-tree.js"
import type { OperationState, TaskKey } from "../../src/model/deployment.js"
import { CallError } from "../../src/model/failure.js"
import { packFolder } from "../../src/packages/pack.js"
import { type LocalBlob, uploadBlob } from "../../src/packages/upload.js"
import { parseEndpoint } from "../../src/rpc/endpoint.js"
import { createProxy } from "../../src/rpc/proxy.js"
import { type DeploymentCalls, deploymentAt, supervisorAt } from "../support/calls.js"
import { type AgentProcess, startAgentProcess } from "../support/minos.js"
import { type Supervisord, startSupervisord } from "../support/supervisord.js"
import { until } from "../support/until.js"
import { PROGRAM, releaseOf, TASK } from "./support.js"

/** Says which version it is, once for each start, and stays. */
const NOTES = (version: string) => `echo ${version} >>"$MINOS_DATA_DIR/starts"\nexec sleep 1000\n`
const NOT_AFTER = 600

// What is pruned is old and late: a removal comes to that step at once. Scripts have tests of their own.
const BY_DEPLOY = [
  ...FAILPOINTS.filter(name => !/^(prune|bootstrap|cleanup)/.test(name)).map(name => `${name}=kill`),
  // The preparation comes there first, the activation after it.
  ...["accept-before", "accept-after", "done-before", "done-after"].map(name => `${name}=kill:2`),
]

describe("an agent that is killed", () => {
  let root: string
  let daemon: Supervisord
  let versions = 0

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "minos-crash-"))
    daemon = await startSupervisord()
    const first = await start()
    await deploy(first.calls, await next())
    await first.agent.end()
  })

  afterAll(async () => {
    await daemon?.stop()
    await removeTree(root)
    await removeTree(`${root}-package`)
  })

  test.sequential.each(BY_DEPLOY)(
    "at %s leaves the old release or the new one, and its operation can be sent again",
    async point => {
      const wanted = await next()
      const dying = await start(point)
      await expect(deploy(dying.calls, wanted)).rejects.toThrow()
      await dying.agent.end("SIGKILL")

      const { agent, calls, processes } = await start()
      await until("what was cut off has its end", () => isSettled(calls, wanted))
      const info = await until("something runs", async () => {
        const now = await processes.getProcessInfo(PROGRAM)
        return now.pid > 0 && now
      })
      // Whole, and what runs is what current names.
      const current = await readlink(join(root, "tasks/shop/test/web/0/current"))
      await readFile(join(root, "tasks/shop/test/web/0", current, "release.json"))
      // Its script becomes it a moment after the supervisor knows the pid.
      await until("what runs is what current names", async () => {
        return (await releaseOfProcess(info.pid)) === current.slice("releases/".length)
      })

      expect(await deploy(calls, wanted)).toMatchObject({ state: "done" })
      const after = await processes.getProcessInfo(PROGRAM)
      expect(after.release).toBe(wanted.release.id)
      await until("it says so", async () => (await starts()).at(-1) === wanted.version)
      // However often it was sent, it was started once.
      expect((await starts()).filter(version => version === wanted.version)).toHaveLength(1)
      expect(await readdir(join(root, "staging"))).toEqual([])
      await agent.end()
    },
  )

  test.sequential.each(["stop-before", "apply-after", "prune-before", "prune-after"] as const)(
    "at %s of a removal removes it all at its next start",
    async point => {
      const { agent, calls } = await start()
      await deploy(calls, await next())
      await agent.end()
      const dying = await start(`${point}=kill`)
      const op = `d-remove/${++versions}`
      const request = { ...TASK, op, notAfter: await notAfter(dying.calls), ifGeneration: -1, data: false }
      await expect(ended(dying.calls, dying.calls.remove(request))).rejects.toThrow()
      await dying.agent.end("SIGKILL")
      const later = await start()
      await until("it has its end", async () => (await stateOf(later.calls, op)) !== "running")
      if ((await stateOf(later.calls, op)) === "unknown")
        await ended(later.calls, later.calls.remove(request))
      expect(await stateOf(later.calls, op)).toBe("done")
      await expect(later.processes.getProcessInfo(PROGRAM)).rejects.toThrow(/BAD_NAME/)
      expect(await readdir(join(root, "tasks/shop/test/web/0/releases"))).toEqual([])
      await later.agent.end()
    },
  )

  test.sequential.each([
    "accept-after",
    "stop-before",
    "stop-after",
    "apply-before",
    "apply-after",
    "gate-after",
    "done-before",
    "done-after",
  ] as const)("at %s of a restart has restarted it once, and not left it stopped", async point => {
    const { agent, calls } = await start()
    await deploy(calls, await next())
    await until("it has started", async () => (await starts()).at(-1) === String(versions))
    const before = (await starts()).length
    await agent.end()
    const dying = await start(`${point}=kill`)
    const op = `d-restart/${++versions}`
    const head = {
      op,
      notAfter: await notAfter(dying.calls),
      ifGeneration: -1,
      service: "shop",
      cluster: "test",
    }
    const request = { ...head, program: PROGRAM, action: "restart" } as const
    await expect(ended(dying.calls, dying.calls.control(request))).rejects.toThrow()
    await dying.agent.end("SIGKILL")
    const later = await start()
    await until("it has its end", async () => (await stateOf(later.calls, op)) !== "running")
    for (const _twice of [1, 2])
      expect(await ended(later.calls, later.calls.control(request))).toMatchObject({ state: "done" })
    await until("it runs", async () => (await later.processes.getProcessInfo(PROGRAM)).state === "RUNNING")
    expect((await starts()).length - before).toBe(1)
    await later.agent.end()
  })

  test.sequential.each([
    ["before its bootstrap", "bootstrap-before=kill", "true", "unknown", 0],
    ["in its bootstrap", undefined, "kill -9 $PPID", "failed", 1],
    ["after its bootstrap", "bootstrap-after=kill", "true", "done", 1],
  ] as const)(
    "%s, a new task is not bootstrapped twice without being asked",
    async (_what, point, end, state, boots) => {
      const task = { ...TASK, instance: ++versions }
      const bootstrap = ["sh", "-c", `echo boot >>"$MINOS_DATA_DIR/boots"; ${end}`]
      const plain = await next()
      const wanted = {
        ...plain,
        release: releaseOf(plain.blob, plain.version, {}, { scripts: { bootstrap } }),
      }
      const dying = await start(point)
      await expect(deploy(dying.calls, wanted, task)).rejects.toThrow()
      await dying.agent.end("SIGKILL")

      const { agent, calls } = await start()
      await until("what was cut off has its end", () => isSettled(calls, wanted))
      const lines = async () => {
        const file = join(root, "tasks/shop/test/web", String(task.instance), "data/boots")
        return (await readFile(file, "utf8").catch(() => "")).split("\n").length - 1
      }
      expect([await stateOf(calls, `d-${wanted.version}/activate`), await lines()]).toEqual([state, boots])
      expect(await deploy(calls, wanted, task)).toMatchObject({ state: state === "failed" ? state : "done" })
      expect(await lines()).toBe(1)
      const again = {
        ...task,
        notAfter: await notAfter(calls),
        ifGeneration: -1,
        keep: 5,
        release: wanted.release.id,
      }
      const once = ended(calls, calls.activate({ ...again, op: `d-${wanted.version}/next` }))
      // Data of a bootstrap that was cut off is nobody's to run on.
      if (state === "failed" && boots > 0)
        await expect(once).rejects.toThrow(
          /PRECONDITION: bootstrap of web.* was begun at .* and not finished; .*--bootstrap again/,
        )
      else expect(await once).toMatchObject({ state: "done" })
      expect(await lines()).toBe(1)
      await agent.end()
    },
  )

  async function start(failpoint?: string) {
    const backend = ["--supervisor", daemon.socketUrl, "--program-dir", daemon.programFolder]
    const env = failpoint === undefined ? {} : { MINOS_TEST: "1", MINOS_FAILPOINT: failpoint }
    const agent: AgentProcess = await startAgentProcess(root, backend, env as Record<string, string>)
    const endpoint = parseEndpoint(`http://127.0.0.1:${agent.port}`, {
      timeout: 20_000,
      connectTimeout: 5_000,
    })
    const proxy = createProxy(endpoint)
    return { agent, calls: { ...deploymentAt(proxy), endpoint }, processes: supervisorAt(proxy) }
  }

  async function next(): Promise<Wanted> {
    const version = String(++versions)
    const blob = await pack(join(root, "..", `${basename(root)}-package`), version)
    return { version, blob, release: releaseOf(blob, version) }
  }

  async function starts(): Promise<readonly string[]> {
    const text = await readFile(join(root, "tasks/shop/test/web/0/data/starts"), "utf8").catch(() => "")
    return text.trimEnd().split("\n")
  }
})

interface Wanted {
  readonly version: string
  readonly blob: LocalBlob
  readonly release: ReturnType<typeof releaseOf>
}

type Calls = DeploymentCalls & { readonly endpoint: ReturnType<typeof parseEndpoint> }

async function pack(folder: string, version: string): Promise<LocalBlob> {
  await mkdir(join(folder, "content"), { recursive: true })
  await writeFile(join(folder, "content", "run.sh"), NOTES(version))
  const path = join(folder, `web-${version}.tar.gz`)
  return { path, ...(await packFolder(join(folder, "content"), path)) }
}

/** The same ids each time for one version, as a client that lost its answers sends them. */
async function deploy(
  calls: Calls,
  { version, blob, release }: Wanted,
  task: TaskKey = TASK,
): Promise<OperationState> {
  await uploadBlob(calls.endpoint, blob)
  const head = { ...task, notAfter: await notAfter(calls), ifGeneration: -1, keep: 5 }
  const names = { task: "web.0", host: "h-1", region: "here", definition: [] }
  const prepared = await ended(
    calls,
    calls.prepare({ ...head, ...names, op: `d-${version}/prepare`, release }),
  )
  expect(prepared).toMatchObject({ state: "done" })
  return ended(calls, calls.activate({ ...head, op: `d-${version}/activate`, release: release.id }))
}

async function ended(calls: DeploymentCalls, begun: Promise<OperationState>): Promise<OperationState> {
  const { op } = await begun
  return until(`${op} has ended`, async () => {
    const state = await calls.operation(op)
    return state.state !== "running" && state
  })
}

async function isSettled(calls: DeploymentCalls, { version }: Wanted): Promise<boolean> {
  const states = await Promise.all(
    ["prepare", "activate"].map(step => stateOf(calls, `d-${version}/${step}`)),
  )
  return states.every(state => state !== "running")
}

async function stateOf(calls: DeploymentCalls, op: string): Promise<string> {
  try {
    return (await calls.operation(op)).state
  } catch (error) {
    if (error instanceof CallError && error.failure.faultCode === 202) return "unknown"
    throw error
  }
}

async function notAfter(calls: DeploymentCalls): Promise<number> {
  return (await calls.generation(PROGRAM)).now + NOT_AFTER
}

async function releaseOfProcess(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/environ`, "utf8")
  return /(?:^|\0)MINOS_RELEASE=([^\0]*)/.exec(text)?.[1]
}
