import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { recentHistory } from "../../src/agent/history.js"
import { releaseCommands } from "../../src/agent/release-commands.js"
import { releases } from "../../src/agent/releases.js"
import type { OperationState } from "../../src/model/deployment.js"
import type { Release, ReleaseScripts } from "../../src/model/release.js"
import { isAlive } from "../support/processes.js"
import { until } from "../support/until.js"
import { BACKENDS, type BackendKind, type Bench, bench, nextOp, PROGRAM, releaseOf, TASK } from "./support.js"

const HERE = "tasks/shop/test/web/0"
const RUN = 'echo "run $MINOS_RELEASE" >>"$NOTES"\nexec sleep 1000\n'

/** A script that notes its name. */
const notes = (name: string, more = "") => ["sh", "-c", `echo "${name} $MINOS_RELEASE" >>"$NOTES"; ${more}`]

async function scripted(kind: BackendKind) {
  const all = await bench(kind)
  const file = join(all.root, "notes")
  const blob = await all.upload("1", RUN)
  const head = () => ({ ...TASK, notAfter: Math.ceil(Date.now() / 1_000) + 600, ifGeneration: -1 })
  const ended = async (op: string): Promise<OperationState> =>
    until(`${op} has ended`, async () => {
      const now = await all.deployment.operation(op)
      return now.state !== "running" && now
    })
  return {
    ...all,
    made: (version: string, scripts: ReleaseScripts, env: Record<string, string> = {}): Release =>
      releaseOf(blob, version, { env: { NOTES: file, ...env } }, { scripts }),
    /** What was noted, the ids of releases by the names that are given for them. */
    noted: async (names: Readonly<Record<string, Release>>) => {
      const text = await readFile(file, "utf8").catch(() => "")
      const named = Object.entries(names).reduce((all, [name, { id }]) => all.replaceAll(id, name), text)
      return named.split("\n").slice(0, -1)
    },
    again: async (id: string) => {
      const op = nextOp("activate")
      await all.deployment.activate({ ...head(), op, release: id, keep: 5, bootstrap: "again" })
      return ended(op)
    },
    control: async (action: "stop" | "restart" | "start") => {
      const op = nextOp(action)
      const { service, cluster, notAfter, ifGeneration } = head()
      await all.deployment.control({ service, cluster, notAfter, ifGeneration, op, program: PROGRAM, action })
      return ended(op)
    },
    remove: async (data: boolean) => {
      const op = nextOp("remove")
      await all.deployment.remove({ ...head(), op, data })
      return ended(op)
    },
    events: async () => recentHistory(join(all.root, HERE, "history.jsonl")),
  }
}

async function runs({ info }: Pick<Bench, "info">): Promise<void> {
  await until("it runs", async () => (await info()).state === "RUNNING")
}

describe.each(BACKENDS)("scripts of a release, %s", kind => {
  test("preStart runs before each start, and postStop after each stop that the agent made, the stopped release's own", async () => {
    const all = await scripted(kind)
    const one = all.made("1", { preStart: notes("pre"), postStop: notes("post", "echo hunter2 >&2; exit 3") })
    const two = all.made("2", { postStop: notes("post") })
    const noted = () => all.noted({ one, two })
    const reaches = (...lines: string[]) =>
      until(lines.join(), async () => (await noted()).join() === lines.join())
    await all.deploy(one)
    await reaches("pre one", "run one")
    expect(await all.control("restart")).toMatchObject({ state: "done" })
    await reaches("pre one", "run one", "post one", "pre one", "run one")
    // Its failure is in the log and the history, and nobody's failure.
    expect(
      all.lines.filter(line => line.includes('postStop of web.0 failed: exit status 3: "hunter2"')),
    ).toHaveLength(1)
    expect((await all.events()).filter(({ event }) => event === "postStop")).toMatchObject([
      { release: one.id, ok: false, exitStatus: 3 },
    ])
    expect(JSON.stringify(await all.events())).not.toContain("hunter2")
    await runs(all)
    expect(await all.deploy(two)).toMatchObject({ state: "done" })
    await until("it runs", async () => (await noted()).at(-1) === "run two")
    expect((await noted()).slice(5)).toEqual(["post one", "run two"])
    await runs(all)
    await all.control("stop")
    expect((await noted()).slice(7)).toEqual(["post two"])
    // It was stopped already.
    await all.control("stop")
    await all.remove(false)
    expect((await noted()).slice(7)).toEqual(["post two"])
  })

  test("a preStart that fails is a start that fails, with its exit code", async () => {
    const all = await scripted(kind)
    const made = all.made("1", { preStart: notes("pre", "exit 7") })
    await all.deploy(made)
    const info = await until("it has ended", async () => {
      const now = await all.info()
      return now.start !== 0 && now.pid === 0 && now
    })
    expect(info.exitstatus).toBe(7)
    expect(await all.noted({ made })).toEqual(["pre made"])
  })

  test("bootstrap runs once a task, before its first start, and again where it is asked for", async () => {
    const all = await scripted(kind)
    const data = join(all.root, HERE, "data")
    const one = all.made("1", { bootstrap: notes("boot", 'touch "$MINOS_DATA_DIR/store"') })
    const two = all.made("2", { bootstrap: notes("boot") })
    const noted = () => all.noted({ one, two })
    const starts = (count: number) => until(`${count} lines`, async () => (await noted()).length === count)
    await all.deploy(one)
    await starts(2)
    expect([await noted(), await readdir(data)]).toEqual([["boot one", "run one"], ["store"]])
    await all.deploy(two)
    await starts(3)
    // Taken off and put back, it is what it was.
    await runs(all)
    expect(await all.remove(false)).toMatchObject({ state: "done" })
    await all.deploy(one)
    await starts(4)
    await runs(all)
    expect(await all.again(one.id)).toMatchObject({ state: "done" })
    await starts(6)
    expect((await noted()).slice(2)).toEqual(["run two", "run one", "boot one", "run one"])
    await runs(all)
    await all.remove(true)
    await all.deploy(two)
    await starts(8)
    expect((await noted()).slice(6)).toEqual(["boot two", "run two"])
  })

  test("bootstrap does not run over data that nobody spoke of, and what it could not do is not started", async () => {
    const all = await scripted(kind)
    const one = all.made("1", { bootstrap: notes("boot", "echo formatting; echo no disk >&2; exit 4") })
    const two = all.made("2", { bootstrap: notes("boot") })
    await all.prepare(one)
    const data = join(all.root, HERE, "data")
    for (const name of ["a", "b", "c", "d"]) await writeFile(join(data, name), "")
    await expect(all.activate(one.id)).rejects.toMatchObject({
      failure: {
        faultCode: 203,
        message: expect.stringMatching(
          /bootstrap never ran for web\.0, and its data is not empty \(deploy --bootstrap again.*\): "a", "b", "c" and 1 more in /,
        ),
      },
    })
    expect(await all.noted({ one })).toEqual([])
    expect(await all.again(one.id)).toMatchObject({
      state: "failed",
      message:
        'bootstrap failed, and nothing was started (mend it, then deploy --bootstrap again): exit status 4: "no disk", after "formatting"',
    })
    expect(await all.noted({ one })).toEqual(["boot one"])
    await expect(all.info()).rejects.toThrow(/BAD_NAME/)
    await all.prepare(two)
    await expect(all.activate(two.id)).rejects.toThrow(
      /PRECONDITION: bootstrap of web\.0 ran and failed at 20.*Z: exit status 4: "no disk"; .*deploy --bootstrap again/,
    )
    expect(await all.again(two.id)).toMatchObject({ state: "done" })
    await until("it runs", async () => (await all.noted({ two })).includes("run two"))
    expect((await all.events()).filter(({ event }) => event === "bootstrapped")).toMatchObject([
      { ok: false, exitStatus: 4 },
      { ok: true },
    ])
  })

  test("what a bootstrap left that failed on an update is not started, not even the old release, until it is asked for or good", async () => {
    const all = await scripted(kind)
    const one = all.made("1", {})
    const two = all.made("2", { bootstrap: notes("boot", "exit 4") })
    await all.deploy(one)
    await until("it runs", async () => (await all.noted({})).length === 1)
    await runs(all)
    await all.prepare(two)
    expect(await all.again(two.id)).toMatchObject({ state: "failed" })
    // A supervisord that is started anew has nothing to start.
    await expect(all.info()).rejects.toThrow(/BAD_NAME/)
    for (const id of [one.id, two.id])
      await expect(all.activate(id)).rejects.toThrow(/PRECONDITION: bootstrap of web\.0 ran and failed/)
    const next = await all.again(two.id)
    expect(next).toMatchObject({ state: "failed" })
    await writeFile(join(all.root, HERE, "bootstrapped"), "")
    expect(await all.activate(one.id)).toMatchObject({ state: "done" })
    await until("it runs", async () => (await all.noted({ one, two })).at(-1) === "run one")
    expect(await all.noted({ one, two })).toEqual(["run one", "boot two", "boot two", "run one"])
  })

  test("a task that ran before it had a bootstrap needs none", async () => {
    const all = await scripted(kind)
    const [plain, made] = [all.made("1", {}), all.made("2", { bootstrap: notes("boot") })]
    await all.deploy(plain)
    await until("it runs", async () => (await all.noted({ plain })).length === 1)
    await runs(all)
    await all.deploy(made)
    await until("it runs", async () => (await all.noted({ plain, made })).length === 2)
    expect(await all.noted({ plain, made })).toEqual(["run plain", "run made"])
  })

  test("cleanup runs before the task is taken off, is told of its data, and can refuse", async () => {
    const all = await scripted(kind)
    const refuses = all.made("1", {
      cleanup: ["sh", "-c", "echo still in use >&2; exit 1"],
      postStop: notes("post"),
    })
    const agrees = all.made("2", { cleanup: notes("clean $MINOS_REMOVE_DATA") })
    await all.deploy(refuses)
    await until("it runs", async () => (await all.noted({})).length === 1)
    await runs(all)
    expect(await all.remove(true)).toMatchObject({
      state: "failed",
      message: 'cleanup failed; the task is stopped, and nothing was removed: exit status 1: "still in use"',
    })
    expect(await readdir(join(all.root, HERE, "releases"))).toEqual([refuses.id])
    expect((await all.info()).state).toBe("STOPPED")
    await all.deploy(agrees)
    await runs(all)
    expect(await all.remove(false)).toMatchObject({ state: "done" })
    expect((await all.noted({ agrees, refuses })).filter(line => !line.startsWith("run"))).toEqual([
      "post refuses",
      "clean 0 agrees",
    ])
    await all.deploy(agrees)
    await runs(all)
    expect(await all.remove(true)).toMatchObject({ state: "done" })
    expect((await all.noted({ agrees })).at(-1)).toBe("clean 1 agrees")
  })
})

test("a script that takes too long is ended with all that it started", async () => {
  const all = await scripted("embedded")
  const pidFile = join(all.root, "pid")
  const made = all.made("1", { cleanup: ["sh", "-c", `sleep 1000 & echo $! >${pidFile}; wait`] })
  await all.prepare(made)
  const onDisk = releases(
    all.root,
    () => "",
    () => {},
  )
  const commands = releaseCommands(onDisk, undefined, 300)
  const stored = (await onDisk.read(TASK, made.id))!
  expect(await commands.script(stored, "cleanup")).toMatchObject({ ok: false, said: "no end within 300 ms" })
  const pid = Number(await readFile(pidFile, "utf8"))
  await until("it is gone", async () => !isAlive(pid))
})
