import { mkdtemp, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { removeTree } from "../../src/disk/remove-tree.js"
import { type BackgroundRun, beginRun, killRuns, operatorMachine } from "../support/background-run.js"
import { minos, minosJson } from "../support/minos.js"
import { type Supervisord, startSupervisord } from "../support/supervisord.js"
import { type SwitchedPort, switchedPort } from "../support/switched-port.js"
import { until } from "../support/until.js"

const folder = await mkdtemp(join(tmpdir(), "minos-lock-"))
afterAll(() => removeTree(folder))
afterEach(killRuns)

/** A run that is known to hold the lock. */
type Held = Omit<BackgroundRun, "run"> & { readonly run: string }

describe("runs on stock supervisord, which can hold no lock", () => {
  const here = operatorMachine(folder, "here")
  const elsewhere = operatorMachine(folder, "elsewhere")
  let daemons: Supervisord[]
  let file: string
  /** While it is shut no task becomes healthy, and a run holds the lock. */
  let health: SwitchedPort

  beforeAll(async () => {
    const programs = { web: { command: "/bin/sleep 1000", startsecs: 1 } }
    daemons = await Promise.all([1, 2].map(() => startSupervisord({ programs })))
    health = await switchedPort()
    file = join(folder, "stock.yaml")
    const hosts = daemons.map(({ port }, n) => `s-${n + 1}: {address: 127.0.0.1, agent: {port: ${port}}}`)
    await writeFile(
      file,
      `service: shop
cluster: stock
regions: {s: {hosts: {${hosts.join(", ")}}}}
jobs: {web: {hosts: ["*"], program: web, checks: [{tcp: {port: ${health.port}}, interval: 200ms}]}}
`,
    )
    await until("all run", async () => (await minos(["status", "-f", file], here)).code === 0)
  })
  afterEach(() => health.shut())
  afterAll(() => Promise.all((daemons ?? []).map(daemon => daemon.stop())))

  const restart = (...more: string[]): string[] => [
    "restart",
    "-f",
    file,
    "--yes",
    "--min-healthy",
    "1s",
    ...more,
  ]
  const lockFile = (): Promise<any> =>
    readFile(join(here.state, "locks", "shop.stock.json"), "utf8").then(JSON.parse, () => undefined)

  async function holding(): Promise<Held> {
    const running = beginRun(restart(), folder, here.env)
    const run = await until("it runs", () => running.said().includes("stock supervisord") && running.run())
    return { ...running, run }
  }

  test("are kept from each other on one machine, and say that they are not beyond", async () => {
    const first = await holding()
    const warning =
      "2 of 2 hosts run stock supervisord, which can hold no lock: only your other runs on this machine are kept out"
    expect(first.said().split(warning)).toHaveLength(2)
    const second = await minosJson(restart(), here)
    expect(second.code).toBe(6)
    expect(second.json.error.message).toContain(`shop/stock is locked by ${first.run} by`)
    expect(second.json.error.message).toContain("(this machine)")
    const status = await minosJson(["status", "-f", file], here)
    expect(status.json.locks).toMatchObject([{ run: first.run }])
    const beyond = await minosJson(["status", "-f", file], elsewhere)
    expect(beyond.json.locks).toEqual([])
    const show = await minosJson(["lock", "show", "-f", file], here)
    expect(show.json).toMatchObject({
      held: [],
      file: { run: first.run, owner: "lives", pid: first.child.pid },
      stock: ["s-1", "s-2"],
    })
  })

  test("what a killed run leaves is taken over at once", async () => {
    const first = await holding()
    first.child.kill("SIGKILL")
    await first.end
    expect(await lockFile()).toMatchObject({ run: first.run })
    await health.open()
    const start = ["start", "-f", file, "--min-healthy", "1s"]
    expect((await minosJson(start, here)).code).toBe(0)
    expect(await lockFile()).toBeUndefined()
  })

  test("a run whose lock file is taken away starts nothing more", async () => {
    const first = await holding()
    const release = ["lock", "release", "-f", file, "--reason", "it hangs", "--yes"]
    expect((await minosJson(release, here)).code).toBe(6)
    expect((await minosJson([...release, "--force"], here)).code).toBe(0)
    await until("it notices", () => first.said().includes("the lock was lost"))
    await health.open()
    const { code, json } = await first.end
    expect(code).toBe(9)
    expect(json.halted).toContain("the lock was lost: its lock file was removed")
    expect(json.counts).toMatchObject({ planned: 2, changed: 1, skipped: 1 })
  })

  test("a state folder that cannot be written to is said before anything is touched", async () => {
    await writeFile(join(folder, "no-folder"), "")
    const env = { ...here.env, MINOS_STATE_DIR: join(folder, "no-folder") }
    const { code, json } = await minosJson(restart(), { env })
    expect([code, json.error.code]).toEqual([7, "CANNOT_LOCK"])
    expect(json.error.hint).toContain("MINOS_STATE_DIR")
  })
})
