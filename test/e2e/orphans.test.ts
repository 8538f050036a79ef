import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { removeTree } from "../../src/disk/remove-tree.js"
import { packFolder } from "../../src/packages/pack.js"
import { minos, minosJson, startAgentProcess } from "../support/minos.js"
import { ended, isAlive, killTree, launch } from "../support/processes.js"
import { startSupervisord } from "../support/supervisord.js"
import { until } from "../support/until.js"

const QUICK = ["--yes", "--min-healthy", "1s", "--fast", "--reason", "test"]

/** A host with a deployed task that writes its pid into `count`; its supervisord can be killed alone. */
async function host() {
  const folder = await mkdtemp(join(tmpdir(), "minos-orphans-"))
  onTestFinished(() => removeTree(folder))
  const daemon = await startSupervisord()
  onTestFinished(() => daemon.stop())
  const args = ["--supervisor", daemon.socketUrl, "--program-dir", daemon.programFolder]
  const agent = await startAgentProcess(join(folder, "root"), args)
  onTestFinished(() => agent.end())
  const count = join(folder, "count")
  await mkdir(join(folder, "source"))
  await writeFile(join(folder, "source", "run.sh"), `echo $$ >>${count}\nexec sleep 1000\n`)
  await packFolder(join(folder, "source"), join(folder, "greeter-1.tar.gz"))
  const file = join(folder, "cluster.yaml")
  await writeFile(
    file,
    `service: shop
cluster: test
package: {name: greeter, version: "1", file: ./greeter-1.tar.gz}
regions: {here: {hosts: {h-1: {address: 127.0.0.1, agent: {port: ${agent.port}}}}}}
jobs: {web: {hosts: [h-1], command: sh run.sh, startretries: 1}}
`,
  )
  const pids = async () => (await readFile(count, "utf8")).trim().split("\n").map(Number)
  onTestFinished(async () => {
    for (const pid of await pids()) if (isAlive(pid)) process.kill(-pid, "SIGKILL")
  })
  return { daemon, pids, run: (...words: string[]) => minos([...words, "-f", file]), file }
}

test("an orphan is shown by status, serves on, and is replaced by a restart and ended by a stop", async () => {
  const { daemon, pids, run, file } = await host()
  const deployed = await run("deploy", ...QUICK)
  expect(deployed.code, deployed.stdout + deployed.stderr).toBe(0)

  process.kill(daemon.pid, "SIGKILL")
  await until("it is dead", () => !isAlive(daemon.pid))
  const next = launch("/usr/bin/supervisord", ["-n", "-c", daemon.configFile], { stdio: "ignore" })
  onTestFinished(async () => {
    killTree(next.pid!)
    await ended(next)
  })
  const status = () => minosJson(["status", "-f", file])
  const process_ = async () => (await status()).json.tasks[0].processes?.[0]
  const [orphan = 0] = await pids()
  const seen = await until("supervisord gave up", async () => {
    const info = await process_()
    return info?.state === "FATAL" && info
  })
  expect(seen).toMatchObject({ pid: 0, orphan })
  expect((await run("status")).stdout).toContain(
    `ORPHAN pid ${orphan}: runs without its supervisor; minos restart --task web.0 replaces it`,
  )
  expect([isAlive(orphan), await pids()]).toEqual([true, [orphan]])

  const restarted = await run("restart", "--task", "web.0", ...QUICK)
  expect(restarted.code, restarted.stdout + restarted.stderr).toBe(0)
  const [, second = 0] = await pids()
  expect(await process_()).toMatchObject({ state: "RUNNING", pid: second })
  expect([isAlive(orphan), isAlive(second), await pids()]).toEqual([false, true, [orphan, second]])

  process.kill(next.pid!, "SIGKILL")
  await ended(next)
  const third = launch("/usr/bin/supervisord", ["-n", "-c", daemon.configFile], { stdio: "ignore" })
  onTestFinished(async () => {
    killTree(third.pid!)
    await ended(third)
  })
  await until("supervisord gave up again", async () => (await process_())?.state === "FATAL")
  const stopped = await run("stop", "--yes")
  expect(stopped.code, stopped.stdout + stopped.stderr).toBe(0)
  expect([isAlive(second), await pids()]).toEqual([false, [orphan, second]])
})
