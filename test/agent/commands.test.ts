import { existsSync } from "node:fs"
import { readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import type { HookRequest, OperationState, ProbeAnswer, TaskKey } from "../../src/model/deployment.js"
import { createProxy } from "../../src/rpc/proxy.js"
import { deploymentAt } from "../support/calls.js"
import { until } from "../support/until.js"
import { BACKENDS, type Bench, bench, nextOp, releaseOf, STAYS, TASK } from "./support.js"

const FOLDER = "tasks/shop/test/web/0"
const OLDER = "the release was made by an older agent: deploy it again"

const probe = ({ deployment }: Bench, argv: readonly string[], timeout = 10, key: TaskKey = TASK) =>
  deployment.probe({ ...key, argv, timeout })

const sh = (script: string): readonly string[] => ["sh", "-c", script]

function hookOf(argv: readonly string[], more: Partial<HookRequest> = {}): HookRequest {
  const notAfter = Math.ceil(Date.now() / 1_000) + 600
  const head = { ...TASK, op: nextOp("hook"), notAfter, ifGeneration: -1 }
  return { ...head, name: "preTask", argv, env: {}, input: "{}", timeout: 10, ...more }
}

async function hook({ deployment }: Bench, request: HookRequest): Promise<OperationState> {
  await deployment.hook(request)
  return until(`${request.op} has ended`, async () => {
    const now = await deployment.operation(request.op)
    return now.state !== "running" && now
  })
}

async function deployed(kind: (typeof BACKENDS)[number], options: Parameters<typeof bench>[1] = {}) {
  const all = await bench(kind, options)
  const made = releaseOf(await all.upload("1", STAYS("1")), "1", { env: { COLOUR: "it's 'red'\n$HOME" } })
  await all.deploy(made)
  return { ...all, made }
}

describe.each(BACKENDS)("commands inside a release, %s", kind => {
  test("a probe runs in the package, with the program's environment", async () => {
    const all = await deployed(kind)
    const checks = [
      "test -f run.sh",
      `test "$COLOUR" = "it's 'red'\n\\$HOME"`,
      'test "$MINOS_TASK $MINOS_HOST $MINOS_REGION" = "web.0 host-01 here"',
      `test "$MINOS_RELEASE" = ${all.made.id}`,
      `test "$MINOS_DATA_DIR" = "${join(all.root, FOLDER, "data")}"`,
    ]
    for (const check of checks) expect([check, await probe(all, sh(check))]).toEqual([check, PASSED])
    expect(await probe(all, sh("echo asking; echo the pool is full >&2; exit 3"))).toEqual({
      ok: false,
      said: 'exit status 3: "the pool is full"',
    })
  })

  test("a hook has its own variables above the release's, and JSON on its standard input", async () => {
    const all = await deployed(kind, { user: "minos", password: "secret" })
    const out = join(all.root, "out")
    const env = { MINOS_RELEASE: "the next = one", MINOS_HOOK: "preTask", OUT: out }
    const input = { schema: 1, hook: "preTask", text: 'é"\n' }
    const script = 'printf "%s|" "$MINOS_RELEASE" "$MINOS_HOOK" "$MINOS_TASK" "$1" > "$OUT"; cat >> "$OUT"'
    const request = hookOf([...sh(script), "sh", "a b"], { env, input: JSON.stringify(input) })
    expect(await hook(all, request)).toMatchObject({ state: "done", message: "" })
    const text = await readFile(out, "utf8")
    expect(text.split("|").slice(0, 4)).toEqual(["the next = one", "preTask", "web.0", "a b"])
    expect(JSON.parse(text.split("|")[4]!)).toEqual(input)
    // Sent again, it is not run again.
    await rm(out)
    expect(await all.deployment.hook(request)).toMatchObject({ state: "done" })
    expect(existsSync(out)).toBe(false)

    const failing = hookOf(sh("echo one; echo; echo two; echo the pool is full >&2; exit 3"))
    expect(await hook(all, failing)).toMatchObject({
      state: "failed",
      step: "running preTask",
      message: 'exit status 3: "the pool is full", after "one" "two"',
    })
    const lines = (await readFile(join(all.root, FOLDER, "history.jsonl"), "utf8")).trim().split("\n")
    const told = { user: "minos", name: "preTask", release: all.made.id }
    expect(lines.slice(2).map(line => JSON.parse(line))).toMatchObject([
      { ...told, event: "hook", op: request.op },
      { ...told, event: "hooked", op: request.op, ok: true },
      { ...told, event: "hook", op: failing.op },
      { ...told, event: "hooked", op: failing.op, ok: false },
    ])
  })
})

const PASSED: ProbeAnswer = { ok: true, said: "exit status 0" }

test.each<readonly [string, readonly string[], number, RegExp]>([
  [
    "a command that there is not",
    ["no-such-command"],
    10,
    /^exit status 127: ".*no-such-command: not found"$/,
  ],
  ["one that hangs", ["sleep", "1000"], 0.2, /^no end within 200 ms$/],
  ["one that kills itself", sh("kill -KILL $$"), 10, /^ended by SIGKILL$/],
  [
    "words that are not for a terminal",
    sh("printf '\\033[31mred\\n'; exit 1"),
    10,
    /^exit status 1: "\\x1b\[31mred"$/,
  ],
])("a probe with %s is a value", async (_what, argv, timeout, said) => {
  const all = await deployed("embedded")
  expect(await probe(all, argv, timeout)).toEqual({ ok: false, said: expect.stringMatching(said) })
})

test("the agent's own settings do not reach a command", async () => {
  process.env.MINOS_AGENT_PASSWORD = "hunter2"
  try {
    const all = await deployed("embedded")
    expect(await probe(all, sh('test -z "$MINOS_AGENT_PASSWORD"'))).toEqual(PASSED)
  } finally {
    delete process.env.MINOS_AGENT_PASSWORD
  }
})

test("one probe at a time for a task, 16 for a host, and the next one after them", async () => {
  const all = await bench("embedded")
  const made = releaseOf(await all.upload("1", STAYS("1")), "1")
  const keys = Array.from({ length: 17 }, (_, instance) => ({ ...TASK, instance }))
  await Promise.all(keys.map(key => all.deploy(made, key)))
  const go = join(all.root, "go")
  const wait = sh(`echo > "$MINOS_RUN_DIR/up"; while ! test -e '${go}'; do sleep 0.02; done`)
  const waiting = keys.slice(0, 16).map(key => probe(all, wait, 60, key))
  await until("16 probes run", () =>
    keys
      .slice(0, 16)
      .every(({ instance }) => existsSync(join(all.root, `tasks/shop/test/web/${instance}/run/up`))),
  )
  const busy = { ok: false, said: "busy" }
  expect([await probe(all, ["true"]), await probe(all, ["true"], 10, keys[16])]).toEqual([busy, busy])
  await writeFile(go, "")
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => PASSED))
  expect([await probe(all, ["true"]), await probe(all, ["true"], 10, keys[16])]).toEqual([PASSED, PASSED])
})

test("a probe may take longer than other calls", async () => {
  const all = await deployed("embedded")
  const { endpoint } = all.proxy
  const hasty = deploymentAt(createProxy({ ...endpoint, timeout: 100 }))
  expect(await hasty.probe({ ...TASK, argv: ["sleep", "0.3"], timeout: 20 })).toEqual(PASSED)
})

test("where nothing runs, or an older agent made the release, it says so", async () => {
  const all = await bench("embedded")
  const none = "no release of the task is here"
  expect(await probe(all, ["true"])).toEqual({ ok: false, said: none })
  const refused = (request: HookRequest) => all.deployment.hook(request).catch(error => error.fault)
  expect(await refused(hookOf(["true"]))).toEqual({ code: 203, text: `PRECONDITION: ${none}` })

  const made = releaseOf(await all.upload("1", STAYS("1")), "1")
  await all.deploy(made)
  await rm(join(all.root, FOLDER, "releases", made.id, "exec"))
  expect(await probe(all, ["true"])).toEqual({ ok: false, said: OLDER })
  expect(await refused(hookOf(["true"]))).toEqual({ code: 203, text: `PRECONDITION: ${OLDER}` })
  const { pid } = await all.reaches("RUNNING")
  await all.prepare(made)
  expect(await probe(all, ["true"])).toEqual(PASSED)
  expect((await all.info()).pid).toBe(pid)
})

test("a hook that takes too long is ended with all that it started", async () => {
  const all = await deployed("embedded")
  const file = join(all.root, "child")
  const request = hookOf(sh(`sleep 1000 & echo $! > '${file}'; echo waiting; wait`), { timeout: 2 })
  expect(await hook(all, request)).toMatchObject({
    state: "failed",
    message: 'no end within 2 s: "waiting"',
  })
  const child = Number(await readFile(file, "utf8"))
  await until("its child is gone", () => {
    try {
      process.kill(child, 0)
      return false
    } catch {
      return true
    }
  })
})

test("a hook waits for the hooks of its task, and for nothing else", async () => {
  const all = await deployed("embedded")
  const [up, go] = [join(all.root, "up"), join(all.root, "go")]
  const first = hookOf(sh(`echo > '${up}'; while ! test -e '${go}'; do sleep 0.02; done`))
  const second = hookOf(["true"], { name: "postTask" })
  await all.deployment.hook(first)
  await all.deployment.hook(second)
  await until("the first runs", () => existsSync(up))
  expect(await all.activate(all.made.id)).toMatchObject({ state: "done" })
  expect(await all.deployment.operation(second.op)).toMatchObject({ state: "running", step: "waiting" })
  await writeFile(go, "")
  await until("both are done", async () => {
    const states = await Promise.all([first, second].map(({ op }) => all.deployment.operation(op)))
    return states.every(({ state }) => state === "done")
  })
})

test("an agent that ends lets no command live on", async () => {
  const all = await deployed("embedded")
  const file = join(all.root, "pids")
  const stays = sh(`echo $$ >> '${file}'; exec sleep 1000`)
  const probed = probe(all, stays, 60)
  await all.deployment.hook(hookOf(stays))
  const pids = await until("both run", async () => {
    const found = (await readFile(file, "utf8").catch(() => "")).trim().split("\n").filter(Boolean)
    return found.length === 2 && found.map(Number)
  })
  await all.agent.close()
  expect(await probed).toEqual({ ok: false, said: "interrupted" })
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH")
})
