import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { type HookContext, hookEnvironment, hookInput, runHook } from "../../src/probe/hook.js"
import { type Scripts, scripts } from "./scripts.js"

const RUN = {
  hook: "preDeploy",
  operation: "d-20261122-101500-x7f2",
  verb: "deploy",
  service: "shop",
  cluster: "prod",
} as const satisfies HookContext

const TASK: HookContext = {
  ...RUN,
  hook: "postTask",
  region: "beijing",
  wave: "canary",
  host: "bj-1",
  address: "10.0.0.1",
  task: "web.3",
  job: "web",
  release: "9f2c000000000000",
  from: "1a70000000000000",
  outcome: "changed",
}

const never = new AbortController().signal

describe("a hook is told", () => {
  test("of a whole run only what belongs to all of it", () => {
    expect(JSON.stringify(hookInput({ ...RUN, region: undefined }))).toBe(
      '{"schema":1,"hook":"preDeploy","operation":"d-20261122-101500-x7f2","verb":"deploy","service":"shop","cluster":"prod"}',
    )
    expect(hookEnvironment({ ...RUN, region: undefined })).toEqual({
      MINOS_HOOK: "preDeploy",
      MINOS_OPERATION: "d-20261122-101500-x7f2",
      MINOS_VERB: "deploy",
      MINOS_SERVICE: "shop",
      MINOS_CLUSTER_NAME: "prod",
    })
  })

  test("of a task all there is", () => {
    expect(hookInput(TASK)).toEqual({ schema: 1, ...TASK })
    expect(hookEnvironment(TASK)).toEqual({
      MINOS_HOOK: "postTask",
      MINOS_OPERATION: "d-20261122-101500-x7f2",
      MINOS_VERB: "deploy",
      MINOS_SERVICE: "shop",
      MINOS_CLUSTER_NAME: "prod",
      MINOS_REGION: "beijing",
      MINOS_WAVE: "canary",
      MINOS_HOST: "bj-1",
      MINOS_ADDRESS: "10.0.0.1",
      MINOS_TASK: "web.3",
      MINOS_JOB: "web",
      MINOS_RELEASE: "9f2c000000000000",
      MINOS_FROM: "1a70000000000000",
      MINOS_OUTCOME: "changed",
    })
  })

  test("the keys in one order, and nothing that is not its business", () => {
    const shuffled = { password: "s3cret", ...Object.fromEntries(Object.entries(TASK).reverse()) } as never
    expect(JSON.stringify(hookInput(shuffled))).toBe(JSON.stringify(hookInput(TASK)))
    expect(hookEnvironment(shuffled)).toEqual(hookEnvironment(TASK))
  })
})

describe("a hook on this machine", () => {
  let place: Scripts
  beforeEach(async () => {
    place = await scripts()
  })
  afterEach(() => place.remove())

  const run = (argv: readonly string[], env: NodeJS.ProcessEnv = process.env, timeout = 30_000) =>
    runHook({ argv, timeout }, TASK, never, { cwd: place.folder, env })

  test("reads the document and the environment", async () => {
    await place.script("drain.sh", 'cat; echo "$MINOS_TASK on $MINOS_ADDRESS"')
    const result = await run(["./drain.sh"])
    expect(result).toMatchObject({ ok: true, exitStatus: 0 })
    expect(result.output.map((line, n) => (n === 0 ? JSON.parse(line) : line))).toEqual([
      { schema: 1, ...TASK },
      "web.3 on 10.0.0.1",
    ])
  })

  test("inherits the environment, but not what another minos told its hook", async () => {
    await place.script("show.sh", 'echo "$DRAIN_TOKEN $MINOS_CLUSTER $MINOS_HOST [$MINOS_REGION]"')
    const env = { PATH: process.env.PATH, DRAIN_TOKEN: "t", MINOS_CLUSTER: "prod.yaml", MINOS_HOST: "old" }
    const { region: _, ...context } = TASK
    const outer = { ...env, MINOS_REGION: "outer" }
    const result = await runHook({ argv: ["./show.sh"], timeout: 30_000 }, context, never, {
      cwd: place.folder,
      env: outer,
    })
    expect(result.output).toEqual(["t prod.yaml bj-1 []"])
  })

  test("that fails, hangs or is not there is a value", async () => {
    expect(await run(["sh", "-c", "echo no lock; exit 7"])).toEqual({
      ok: false,
      exitStatus: 7,
      output: ["no lock"],
      said: 'exit status 7: "no lock"',
    })
    expect(await run(["sleep", "600"], process.env, 100)).toMatchObject({ said: "no end within 100 ms" })
    expect(await run(["./gone.sh"])).toMatchObject({ ok: false, said: 'there is no file "./gone.sh"' })
  })
})
