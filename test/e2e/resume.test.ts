import { existsSync, readFileSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { countOf, runLines } from "../support/journals.js"
import { minos, minosJson, startMinos } from "../support/minos.js"
import { type Supervisord, startSupervisord } from "../support/supervisord.js"
import { until } from "../support/until.js"

/** It writes a line for each start, and takes its time to end, so that a kill can come in the middle of a stop. */
const PROGRAM =
  `/bin/sh -c "cd %(here)s && echo x >>starts-%(program_name)s-%(process_num)d; ` +
  `trap 'sleep 0.3; kill $!; exit 0' TERM; sleep 1000 & wait"`

let daemons: readonly Supervisord[]
/** A program and a cluster file for each test, so that they can run side by side. */
const PLACES = Array.from({ length: 13 }, (_, n) => `web${n}`)
let given = 0
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "minos-resume-"))
  const one = { command: PROGRAM, startsecs: 0 }
  const pair = { ...one, numprocs: 2, process_name: "%(program_name)s_%(process_num)d" }
  const programs = { ...Object.fromEntries(PLACES.map(name => [name, one])), pair }
  daemons = await Promise.all([1, 2, 3].map(() => startSupervisord({ programs })))
  await until("every program has written that it started", () =>
    [...PLACES.map(name => `${name}-0`), "pair-0", "pair-1"].every(process =>
      starts(process).every(count => count === 1),
    ),
  )
})
afterAll(async () => {
  await Promise.all((daemons ?? []).map(daemon => daemon.stop()))
  await rm(folder, { recursive: true, force: true })
})

const RESTART = ["--yes", "--min-healthy", "300ms", "--fast", "--reason", "test"]
/** All tasks of the job at once: some are done, some in the middle, when the kill comes. */
const AT_ONCE = ["--parallel", "100%", "--min-available", "0"]

describe.concurrent("a rolling restart of stock supervisord whose minos is killed", () => {
  // The kill comes so many milliseconds after the n-th record of that kind is on the disk.
  test.each<[string, "change" | "outcome", number, number, readonly string[]]>([
    ["before anything was sent", "change", 1, 0, []],
    ["while the first task stops", "change", 1, 150, []],
    ["while the first task starts", "change", 1, 900, []],
    ["when the first task is done", "outcome", 1, 0, []],
    ["while the second task stops", "change", 2, 200, []],
    ["with two at once", "change", 3, 0, AT_ONCE],
    ["with two at once, while they stop", "change", 3, 250, AT_ONCE],
  ])("%s: each task is started once in all, and the report is true", async (_, kind, n, later, flags) => {
    const { state, env, file, started } = await place()
    await killed(["restart", "-f", file, ...RESTART, ...flags], env, async () => {
      await until(`${kind} ${n} is written`, () => countOf(state, kind) >= n)
      await sleep(later)
    })
    const { json: listed } = await minosJson(["history"], { env })
    expect(listed.runs).toMatchObject([{ verb: "restart", state: "cut short", reason: "test" }])

    const ran = await minosJson(["resume", "--yes"], { env })
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.json).toMatchObject({ command: "restart", operation: listed.runs[0].operation })
    expect(ran.json.counts).toMatchObject({ planned: 3, failed: 0, unreachable: 0, skipped: 0 })
    expect(started()).toEqual([2, 2, 2])
    const { json: seen } = await minosJson(["status", "-f", file], { env })
    expect(seen.counts.running).toBe(3)
    await agrees(env, state, ran.json)
  })

  test("a group in the middle: each of its processes is started once in all", async () => {
    const { state, env, file } = await place("pair:*")
    await killed(["restart", "-f", file, ...RESTART, "--task", "one.0"], env, async () => {
      await until("the change is written", () => countOf(state, "change") === 1)
      await sleep(300)
    })
    const ran = await minosJson(["resume", "--yes"], { env })
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect([starts("pair-0"), starts("pair-1")]).toEqual([
      [2, 1, 1],
      [2, 1, 1],
    ])
  })

  test("when all was done, before it said so: nothing is touched", async () => {
    const { state, env, file, started } = await place()
    const whole = await minosJson(["restart", "-f", file, ...RESTART, ...AT_ONCE], { env })
    expect(whole.code, whole.stdout + whole.stderr).toBe(0)
    const path = whole.json.journal.file
    const lines = readFileSync(path, "utf8").trimEnd().split("\n")
    await writeFile(path, `${lines.slice(0, -1).join("\n")}\n`)
    const ran = await minosJson(["resume", "--yes"], { env })
    expect([ran.code, ran.json.counts]).toMatchObject([0, { planned: 3, unchanged: 3 }])
    expect(ran.json.outcomes[0].note).toBe("done before the run was cut short")
    expect(started()).toEqual([2, 2, 2])
    expect(runLines(state).filter(line => line.kind === "resumed")).toHaveLength(1)
  })

  test("again and again: it comes to the same end", async () => {
    const { state, env, file, started } = await place()
    const changes = (wanted: number) => () =>
      until(`change ${wanted} is written`, () => countOf(state, "change") >= wanted)
    await killed(["restart", "-f", file, ...RESTART], env, changes(1))
    for (const wanted of [2, 3]) await killed(["resume", "--yes"], env, changes(wanted))
    const ran = await minosJson(["resume", "--yes"], { env })
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(started()).toEqual([2, 2, 2])
    await agrees(env, state, ran.json)
  })
})

describe.concurrent("resume refuses", () => {
  test("while the process lives, when the file is another one, and what it does not know", async () => {
    const { state, env, file, started } = await place()
    const running = startMinos(["restart", "-f", file, ...RESTART, ...AT_ONCE], { env })
    await until("it has begun", () => countOf(state, "change") >= 1)
    // It stands still, so that it lives as long as the test needs it to.
    running.child.kill("SIGSTOP")
    const operation = runLines(state)[0]!.operation
    const early = await minosJson(["resume", operation, "--yes"], { env })
    expect([early.code, early.json.error.code]).toEqual([7, "STILL_RUNNING"])
    expect((await minosJson(["history"], { env })).json.runs[0].state).toBe("running")
    running.child.kill("SIGKILL")
    await running.ended

    const unknown = await minosJson(["resume", operation.replace(/.$/, "_")], { env })
    expect([unknown.code, unknown.json.error.hint]).toEqual([2, `Did you mean ${operation}?`])
    expect((await minos(["resume"], { env })).code).toBe(5)

    const text = readFileSync(file, "utf8")
    await writeFile(file, `${text}# another\n`)
    const other = await minosJson(["resume", "--yes"], { env })
    expect([other.code, other.json.error.code]).toEqual([7, "OTHER_CLUSTER_FILE"])
    await writeFile(file, text)
    expect((await minos(["resume", "--yes"], { env })).code).toBe(0)
    expect(started()).toEqual([2, 2, 2])
    const nothing = await minosJson(["resume", operation], { env })
    expect([nothing.code, nothing.json]).toMatchObject([0, { command: "resume", operation }])
  })

  test("and so does a run that cannot keep a journal: nothing is touched", async () => {
    const { file, started } = await place()
    const { code, json } = await minosJson(["restart", "-f", file, ...RESTART], {
      env: { MINOS_STATE_DIR: join(file, "state") },
    })
    expect([code, json.error.code]).toEqual([7, "NO_JOURNAL"])
    expect(started()).toEqual([1, 1, 1])
  })

  test("a journal that was changed", async () => {
    const { state, env, file } = await place()
    await killed(["restart", "-f", file, ...RESTART, ...AT_ONCE], env, () =>
      until("it has begun", () => countOf(state, "change") >= 1),
    )
    const operation = runLines(state)[0]!.operation
    const path = join(state, "operations", `${operation}.jsonl`)
    const text = readFileSync(path, "utf8")
    await writeFile(path, text.replace('"argv":["restart"', '"argv":["rpc"'))
    const { code, json } = await minosJson(["resume", "--yes"], { env })
    expect([code, json.error.code]).toEqual([7, "JOURNAL_BROKEN"])
    const audit = await minosJson(["audit", "verify"], { env })
    expect([audit.code, audit.json.damages]).toMatchObject([3, [{ file: `${operation}.jsonl`, seq: 1 }]])
  })
})

/** A state folder, and a cluster of one job with a program that no other test uses. */
async function place(program?: string): Promise<{
  readonly state: string
  readonly env: Record<string, string>
  readonly file: string
  /** How often the program was started on each host. */
  readonly started: () => readonly number[]
}> {
  const state = await mkdtemp(join(folder, "state-"))
  const own = PLACES[given++] as string
  const file = join(state, "minos.yaml")
  const hosts = daemons.map(({ port }, n) => `h-${n + 1}: {address: 127.0.0.1, agent: {port: ${port}}}`)
  await writeFile(
    file,
    `service: shop\ncluster: ${own}\nregions: {r: {hosts: {${hosts.join(", ")}}}}\n` +
      `jobs: {one: {hosts: ["*"], program: "${program ?? own}"}}\n`,
  )
  return { state, env: { MINOS_STATE_DIR: state }, file, started: () => starts(`${own}-0`) }
}

/** Starts minos and kills it at a moment. */
async function killed(
  args: readonly string[],
  env: Record<string, string>,
  moment: () => Promise<unknown>,
): Promise<void> {
  const running = startMinos(args, { env })
  await Promise.race([moment(), running.ended])
  running.child.kill("SIGKILL")
  const { signal, stderr } = await running.ended
  expect(signal, stderr).toBe("SIGKILL")
}

/** How often a process was started on each host. */
function starts(process: string): readonly number[] {
  const path = (folder: string): string => join(folder, `starts-${process}`)
  return daemons.map(({ folder }) =>
    existsSync(path(folder)) ? readFileSync(path(folder), "utf8").length / 2 : 0,
  )
}

/** The journal says the same as the report, and its chains are whole. */
async function agrees(env: Record<string, string>, state: string, report: any): Promise<void> {
  const shown = await minosJson(["show", report.operation], { env })
  expect(shown.json.tasks.map((task: any) => [task.task, task.state])).toEqual(
    report.outcomes.map((outcome: any) => [outcome.task, outcome.kind]),
  )
  expect(shown.json).toMatchObject({ state: "ended", ended: { exitCode: report.exitCode }, left: 0 })
  expect(report.journal.head).toBe(runLines(state).at(-1)!.hash)
  const audit = await minosJson(["audit", "verify"], { env })
  expect(audit.json).toMatchObject({ ok: true, runs: 1, damages: [] })
}
