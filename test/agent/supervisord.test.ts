import { readdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { execa } from "execa"
import { expect, onTestFinished, test } from "vitest"
import { createSupervisordBackend } from "../../src/agent/supervisord/backend.js"
import { programName } from "../../src/model/deployment.js"
import { parseEndpoint } from "../../src/rpc/endpoint.js"
import { Fault } from "../../src/rpc/method.js"
import { createProxy } from "../../src/rpc/proxy.js"
import { patient } from "../rpc/support.js"
import { supervisorAt } from "../support/calls.js"
import { isAlive, killTree } from "../support/processes.js"
import { type Supervisord, startSupervisord } from "../support/supervisord.js"
import { until } from "../support/until.js"
import { type Bench, bench, PROGRAM, releaseOf, STAYS, TASK, temporaryFolder } from "./support.js"

const FOREIGN = "[program:foreign]\ncommand=sleep 1000\nautostart=false\nenvironment=A=%(ENV_NOT_SET)s\n"

async function supervisord(): Promise<Supervisord> {
  const daemon = await startSupervisord()
  onTestFinished(() => daemon.stop())
  return daemon
}

test("a start that meets a program which is still STOPPING starts it afterwards", async () => {
  const all = await bench("supervisord")
  const slow = "trap 'sleep 1; exit 0' TERM\nwhile :; do sleep 0.05; done\n"
  expect(await all.deploy(releaseOf(await all.upload("1", slow), "1"))).toMatchObject({ state: "done" })
  const { pid } = await all.reaches("RUNNING")
  await all.supervisor.stopProcess(PROGRAM)
  expect((await all.info()).state).toBe("STOPPING")
  await all.backend.start(PROGRAM)
  expect((await all.reaches("RUNNING")).pid).not.toBe(pid)
})

/** A task that runs, and another release of other settings for it. */
async function deployed(all: Bench) {
  const blob = await all.upload("1", STAYS("1"))
  const old = releaseOf(blob, "1")
  expect(await all.deploy(old)).toMatchObject({ state: "done" })
  const { pid } = await all.reaches("RUNNING")
  const file = join(all.supervisord!.programFolder, `${PROGRAM}.conf`)
  return {
    blob,
    old,
    pid,
    file,
    text: await readFile(file, "utf8"),
    changed: releaseOf(blob, "1", { startsecs: 1 }),
  }
}

test("the broken file of a stranger fails a change of settings, in one line, and what runs runs on", async () => {
  const all = await bench("supervisord")
  const { old, pid, file, text, changed } = await deployed(all)
  await writeFile(join(all.supervisord!.programFolder, "foreign.conf"), FOREIGN)

  const failed = await all.deploy(changed)
  expect(failed).toMatchObject({ state: "failed", step: "asking the supervisor" })
  expect(failed.message).toMatch(
    /^CANT_REREAD: Format string 'A=%\(ENV_NOT_SET\)s' for 'environment' contains names/,
  )
  expect(failed.message).not.toMatch(/ENV_PATH|ENV_HOME|Available|\n/)
  expect(await all.info()).toMatchObject({ pid, release: old.id, state: "RUNNING" })
  expect(await readFile(file, "utf8")).toBe(text)

  await rm(join(all.supervisord!.programFolder, "foreign.conf"))
  expect(await all.deploy(changed)).toMatchObject({ state: "done" })
  expect(await all.reaches("RUNNING")).toMatchObject({ release: changed.id })
})

test("the broken file of a stranger is no hindrance where the settings stay", async () => {
  const all = await bench("supervisord")
  const { pid } = await deployed(all)
  await writeFile(join(all.supervisord!.programFolder, "foreign.conf"), FOREIGN)
  expect(await all.deploy(releaseOf(await all.upload("2", STAYS("2")), "2"))).toMatchObject({ state: "done" })
  const after = await all.reaches("RUNNING")
  expect(after.version).toBe("2")
  expect(after.pid).not.toBe(pid)
})

test("neither a reread nor a fault through the agent lists supervisord's environment", async () => {
  const all = await bench("supervisord")
  await writeFile(join(all.supervisord!.programFolder, "foreign.conf"), FOREIGN)
  const fault = await all.proxy.call("supervisor.reloadConfig").catch(error => error.fault)
  expect(fault).toMatchObject({ code: 92, text: expect.stringMatching(/which cannot be expanded$/) })
})

test("a supervisord that does not include the folder is said so, and nothing stays", async () => {
  const elsewhere = await temporaryFolder()
  const daemon = await supervisord()
  const backend = createSupervisordBackend({
    endpoint: patient(daemon.socketUrl),
    programDir: elsewhere,
  })
  const all = await bench("supervisord", { backend })
  const failed = await all.deploy(releaseOf(await all.upload("1", STAYS("1")), "1"))
  expect(failed).toMatchObject({
    state: "failed",
    step: "asking the supervisor",
    message: `FAILED: supervisord does not read ${elsewhere}: its [include] needs files = ${elsewhere}/*.conf`,
  })
  expect(await readdir(elsewhere)).toEqual([])
  expect(await all.proxy.call("deployment.list")).toEqual([])
})

test("a folder of program files that is not there is said so", async () => {
  const daemon = await supervisord()
  const programDir = join(await temporaryFolder(), "none")
  const backend = createSupervisordBackend({ endpoint: patient(daemon.socketUrl), programDir })
  const all = await bench("supervisord", { backend })
  const failed = await all.deploy(releaseOf(await all.upload("1", STAYS("1")), "1"))
  expect(failed).toMatchObject({ state: "failed", message: expect.stringContaining("ENOENT") })
})

test("a supervisord that is down fails the deploy, is named by the fault, and the agent answers on", async () => {
  const all = await bench("supervisord")
  const { old, blob } = await deployed(all)
  killTree(all.supervisord!.pid)
  const failed = await all.deploy(releaseOf(blob, "1", { env: { A: "b" } }))
  expect(failed).toMatchObject({
    state: "failed",
    step: "asking the supervisor",
    message: expect.stringMatching(/^FAILED: the supervisord beside the agent: /),
  })
  expect(await all.proxy.call("supervisor.getState").catch(error => error.fault)).toMatchObject({
    code: 30,
    text: expect.stringMatching(
      /^FAILED: the supervisord beside the agent: nothing accepts connections there$/,
    ),
  })
  expect(await all.deployment.inspect("shop", "test", "")).toMatchObject({ tasks: [{ release: old.id }] })
})

test("a wrong password for supervisord is said without it", async () => {
  const all = await bench("supervisord", { supervisord: { user: "sv", password: "right one" } })
  await deployed(all)
  const { url } = all.supervisord!
  const wrong = parseEndpoint(url.replace("//", "//sv:wrong-one@"))
  const backend = createSupervisordBackend({ endpoint: wrong, programDir: all.supervisord!.programFolder })
  const fault = await backend.stop(PROGRAM).catch(error => error)
  expect(fault).toBeInstanceOf(Fault)
  expect(fault.message).toMatch(
    /^FAILED: the supervisord beside the agent: the server refused the user or the password/,
  )
  expect(fault.message).not.toContain("wrong-one")
})

test("an activation that was killed between the program file and supervisord is finished by the next", async () => {
  const all = await bench("supervisord")
  const { file, changed } = await deployed(all)
  await all.prepare(changed)
  await all.proxy.call("supervisor.stopProcess", [PROGRAM])
  await writeFile(file, (await readFile(file, "utf8")).replace("startsecs=0", "startsecs=1"))
  expect(await all.activate(changed.id)).toMatchObject({ state: "done" })
  await all.reaches("RUNNING")
  expect(await all.proxy.call("supervisor.reloadConfig")).toEqual([[[], [], []]])
})

test("a program that supervisord keeps restarting is stopped all the same", async () => {
  const all = await bench("supervisord")
  const flaps = releaseOf(await all.upload("1", "echo up\nsleep 0.05\nexit 1\n"), "1", { autorestart: true })
  expect(await all.deploy(flaps)).toMatchObject({ state: "done" })
  for (let n = 0; n < 5; n++) {
    await until("it was up", async () => (await all.stdout()).includes("up"))
    await all.backend.stop(PROGRAM)
    expect((await all.info()).state).toMatch(/STOPPED|FATAL/)
    await all.backend.start(PROGRAM)
  }
  expect(await all.deploy(releaseOf(await all.upload("2", STAYS("2")), "2"))).toMatchObject({ state: "done" })
  expect(await all.reaches("RUNNING")).toMatchObject({ version: "2" })
})

test("a program is removed with its file, and others are left alone", async () => {
  const all = await bench("supervisord", { supervisord: { programs: { other: "sleep 1000" } } })
  const { pid } = await deployed(all)
  await all.backend.remove(PROGRAM)
  await all.backend.remove(PROGRAM)
  expect(isAlive(pid)).toBe(false)
  expect(await readdir(all.supervisord!.programFolder)).toEqual([])
  expect((await all.supervisor.getAllProcessInfo()).map(process => process.name)).toEqual(["other"])
})

test("a root folder with spaces and percent signs works from end to end", async () => {
  const root = join(await temporaryFolder(), "100% a %(HOME)s 'b' \"c\" é")
  const all = await bench("supervisord", { root })
  const made = releaseOf(await all.upload("1", 'echo "$MINOS_DATA_DIR"; pwd -P\nexec sleep 1000\n'), "1")
  expect(await all.deploy(made)).toMatchObject({ state: "done" })
  await all.reaches("RUNNING")
  const task = join(root, "tasks/shop/test/web/0")
  await until("it wrote", async () => (await all.stdout()).split("\n").length === 3)
  expect(await all.stdout()).toBe(`${task}/data\n${join(root, "packages", made.package.sha256)}\n`)
  expect(await readFile(join(task, "log/stdout.log"), "utf8")).toBe(await all.stdout())
})

test("a root folder that no program file can name is said so before anything is touched", async () => {
  const all = await bench("supervisord", { root: join(await temporaryFolder(), "a ;b") })
  const failed = await all.deploy(releaseOf(await all.upload("1", STAYS("1")), "1"))
  expect(failed).toMatchObject({ state: "failed", message: expect.stringContaining("would be cut") })
  expect(await readdir(all.supervisord!.programFolder)).toEqual([])
})

test("programs outlive the agent, whose next one finds them as they are", async () => {
  const all = await bench("supervisord")
  const { pid, old, changed } = await deployed(all)
  await all.agent.close()
  expect(isAlive(pid)).toBe(true)
  const direct = supervisorAt(createProxy(patient(all.supervisord!.url)))
  expect(await direct.getProcessInfo(programName(TASK))).toMatchObject({ pid, state: "RUNNING" })
  const next = await all.again()
  expect(await next.info()).toMatchObject({ pid, release: old.id })
  expect(await next.deploy(changed)).toMatchObject({ state: "done" })
  expect(await next.reaches("RUNNING")).toMatchObject({ release: changed.id })
})

test("what no environment may hold is not in what supervisord shows", async () => {
  const all = await bench("supervisord")
  const made = releaseOf(await all.upload("1", STAYS("1")), "1", { env: { COLOUR: "hunter2" } })
  await all.deploy(made)
  await until("it has it", async () => (await all.stdout()).includes("hunter2"))
  const told = JSON.stringify(await all.proxy.call("supervisor.getAllConfigInfo"))
  expect(told).toContain(PROGRAM)
  expect(told).not.toContain("hunter2")
  const { stdout } = await execa("ps", ["-eo", "args"])
  expect(stdout).not.toContain("hunter2")
  expect(all.lines.join("\n")).not.toContain("hunter2")
})
