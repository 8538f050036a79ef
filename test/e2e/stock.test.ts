import { readFile, rm, writeFile } from "node:fs/promises"
import { type AddressInfo, createServer, type Server } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { minos, minosJson, PROJECT } from "../support/minos.js"
import { freePort } from "../support/ports.js"
import { type Supervisord, startSupervisord } from "../support/supervisord.js"
import { until } from "../support/until.js"

/** Five good hosts, then a wrong password, a refused port, a hanging port, and one more good host at the end. */
let daemons: Supervisord[]
let hanging: Server
let file: string

const PASSWORD = "s3cret-word"

beforeAll(async () => {
  daemons = await Promise.all(
    Array.from({ length: 7 }, () =>
      startSupervisord({
        user: "ops",
        password: PASSWORD,
        programs: {
          // It starts unless a file `broken` lies beside it; then it says so and dies at once.
          web: {
            command: `/bin/sh -c "cd %(here)s && if test -e broken; then echo boom >&2; exit 3; fi; exec sleep 1000"`,
            startsecs: 1,
            startretries: 0,
          },
          pair: { command: "/bin/sleep 1000", numprocs: 2, process_name: "%(program_name)s_%(process_num)d" },
        },
      }),
    ),
  )
  hanging = createServer(socket => socket.on("error", () => {})).listen(0, "127.0.0.1")
  await new Promise(resolve => hanging.once("listening", resolve))
  const folder = daemons[0]!.folder
  file = join(folder, "minos.yaml")
  const host = (name: string, port: number, more = ""): string =>
    `      ${name}: {address: 127.0.0.1, agent: {port: ${port}${more}}}`
  await writeFile(
    file,
    `service: shop
cluster: test
agent: {user: ops, password: "${PASSWORD}", timeout: 1s}
regions:
  north:
    hosts:
${daemons
  .slice(0, 6)
  .map((daemon, n) => host(`n-0${n + 1}`, daemon.port))
  .join("\n")}
  south:
    hosts:
${host("wrong-password", daemons[6]!.port, ", password: not-this-one")}
${host("refused", await freePort())}
${host("hanging", (hanging.address() as AddressInfo).port)}
jobs:
  web: {hosts: ["*"], program: web}
  pair: {hosts: [n-01], program: "pair:*"}
`,
  )
  // A supervisord answers before its programs have been up for startsecs.
  await until("all programs run", async () => (await run("status", "--region", "north")).code === 0)
})

afterAll(async () => {
  hanging?.close()
  await Promise.all((daemons ?? []).map(daemon => daemon.stop()))
})

const run = (...args: string[]) => minosJson([...args, "-f", file])
const byHost = (json: any): Record<string, any> =>
  Object.fromEntries((json.tasks ?? json.outcomes).map((entry: any) => [entry.host, entry]))
const pidsOf = async (...selection: string[]): Promise<Record<string, number>> => {
  const { json } = await run("status", "--job", "web", ...selection)
  return Object.fromEntries(json.tasks.map((task: any) => [task.host, task.processes?.[0]?.pid ?? 0]))
}

describe.sequential("stock supervisords, one region healthy and one not", () => {
  test("status tells each kind of silence apart, and none of it is STOPPED", async () => {
    const { json, code } = await run("status", "--job", "web")
    const hosts = byHost(json)
    expect(code).toBe(4)
    expect(hosts["n-01"].processes[0].state).toBe("RUNNING")
    expect(hosts["wrong-password"].failure.reason).toBe("unauthorized")
    expect(hosts.refused.failure.reason).toBe("refused")
    expect(hosts.hanging.failure.reason).toBe("timeout")
    const text = await minos(["status", "-f", file, "--job", "web"])
    expect(text.code).toBe(4)
    expect(text.stdout).toContain("UNREACHABLE")
    expect(text.stdout).not.toContain("STOPPED")
    expect(JSON.stringify(json) + text.stdout + text.stderr).not.toMatch(/s3cret-word|not-this-one/)
  })

  test("status of the healthy region is 0", async () => {
    expect((await run("status", "--region", "north")).code).toBe(0)
  })

  test("a restart touches nothing while hosts do not answer", async () => {
    const before = await pidsOf("--region", "north")
    const { json, code } = await run("restart", "--job", "web", "--yes")
    expect(code).toBe(7)
    expect(json.counts).toMatchObject({ planned: 9, unreachable: 3, skipped: 6, changed: 0 })
    expect(json.refused).toContain("nothing was touched")
    expect(await pidsOf("--region", "north")).toEqual(before)
  })

  test("a restart goes through a region one after another and gives every task a new pid", async () => {
    const before = await pidsOf("--region", "north")
    const { json, code } = await run(
      "restart",
      "--job",
      "web",
      "--region",
      "north",
      "--yes",
      "--min-healthy",
      "1s",
    )
    expect(code).toBe(0)
    expect(json.outcomes.map((outcome: any) => outcome.kind)).toEqual(Array(6).fill("changed"))
    const after = await run("status", "--job", "web", "--region", "north")
    const infos = after.json.tasks.map((task: any) => task.processes[0])
    for (const [n, task] of after.json.tasks.entries()) expect(infos[n].pid).not.toBe(before[task.host])
    // All on one machine, so on one clock: each started only when the one before had been up for a while.
    for (let n = 1; n < infos.length; n++)
      expect(infos[n].start).toBeGreaterThanOrEqual(infos[n - 1].start + 1)
  })

  test("the first program that dies at start ends the restart, with its last words, and the rest is skipped", async () => {
    const broken = join(daemons[2]!.folder, "broken")
    await writeFile(broken, "")
    const before = await pidsOf("--region", "north")
    const ran = await run(
      "restart",
      "--job",
      "web",
      "--yes",
      "--skip-unreachable",
      "3",
      "--min-healthy",
      "1s",
    )
    const hosts = byHost(ran.json)
    expect(ran.code).toBe(9)
    expect(ran.json.halted).toContain("n-03")
    expect(ran.json.counts).toEqual({
      planned: 9,
      changed: 2,
      unchanged: 0,
      failed: 1,
      unreachable: 3,
      skipped: 3,
    })
    expect(hosts["n-03"].evidence.stderr.at(-1)).toContain("boom")
    const after = await pidsOf("--region", "north")
    for (const host of ["n-04", "n-05", "n-06"]) expect(after[host]).toBe(before[host])
    await rm(broken)
    expect((await run("start", "--host", "n-03", "--job", "web", "--min-healthy", "1s")).code).toBe(0)
  })

  describe("a job with a check and a floor", () => {
    let checked: string
    let port: number
    const restart = (...more: string[]) =>
      minosJson(["restart", "-f", checked, "--yes", "--min-healthy", "1s", ...more])

    beforeAll(async () => {
      port = await freePort()
      checked = join(daemons[0]!.folder, "checked.yaml")
      const web = `web: {hosts: [north], program: web, checks: [{tcp: {port: ${port}}, interval: 200ms}]}`
      await writeFile(checked, (await readFile(file, "utf8")).replace(/web: .*/, web))
    })

    test("a check that never passes ends the restart at its first task", async () => {
      const before = await pidsOf("--region", "north")
      const { json, code } = await restart("--job", "web", "--deadline", "3s")
      expect(code).toBe(9)
      expect(json.counts).toMatchObject({ planned: 6, failed: 1, skipped: 5 })
      expect(json.outcomes[0].evidence.message).toBe(
        `it runs, and its check fails: connection refused on port ${port}`,
      )
      const { "n-01": _, ...after } = await pidsOf("--region", "north")
      expect(before).toMatchObject(after)
    })

    test("with checks that pass, as many go at once as the floor leaves", async () => {
      const asked = createServer(socket => socket.end()).listen(port, "127.0.0.1")
      try {
        const { json, code } = await restart("--job", "web", "--parallel", "6", "--min-available", "4")
        expect(code).toBe(0)
        expect(json.counts.changed).toBe(6)
        const after = await run("status", "--job", "web", "--region", "north")
        const starts = after.json.tasks.map((task: any) => task.processes[0].start).sort()
        // The canary alone, then two at a time: with each third start, an earlier one has been up for a while.
        expect(starts[1]).toBeGreaterThanOrEqual(starts[0] + 1)
        for (let n = 3; n < starts.length; n++) expect(starts[n]).toBeGreaterThanOrEqual(starts[n - 2] + 1)
      } finally {
        asked.close()
      }
    })

    test("with one task down, a restart waits for the floor, and then stops with nothing taken down", async () => {
      const asked = createServer(socket => socket.end()).listen(port, "127.0.0.1")
      try {
        expect((await run("stop", "--job", "web", "--host", "n-06", "--yes")).code).toBe(0)
        const before = await pidsOf("--region", "north")
        const five = ["--job", "web", "--host", "n-[01-05]", "--min-available", "5"]
        const { json, code } = await restart(...five, "--deadline", "3s")
        expect(code).toBe(9)
        expect(json.halted).toContain("5 of 6 tasks of web in north are healthy, and 5 must stay so")
        expect(json.counts).toMatchObject({ planned: 5, skipped: 5 })
        expect(await pidsOf("--region", "north")).toEqual(before)
      } finally {
        asked.close()
        await run("start", "--job", "web", "--host", "n-06", "--min-healthy", "1s")
      }
    })
  })

  test("stop needs --yes where nobody can be asked, and then touches nothing", async () => {
    const { code, json } = await run("stop", "--host", "n-01")
    expect(code).toBe(5)
    expect(json.error.code).toBe("NOT_CONFIRMED")
    expect((await run("status", "--host", "n-01")).code).toBe(0)
  })

  test("stop and start reach every process of a group, and doing it again changes nothing", async () => {
    const stopped = await run("stop", "--job", "pair", "--yes")
    expect([stopped.code, stopped.json.counts.changed]).toEqual([0, 1])
    const seen = await run("status", "--job", "pair")
    expect(seen.code).toBe(3)
    expect(seen.json.tasks[0].processes.map((process: any) => process.state)).toEqual(["STOPPED", "STOPPED"])
    expect((await run("stop", "--job", "pair", "--yes")).json.counts.unchanged).toBe(1)
    const started = await run("start", "--job", "pair", "--min-healthy", "1s")
    expect([started.code, started.json.counts.changed]).toEqual([0, 1])
    expect((await run("start", "--job", "pair")).json.counts.unchanged).toBe(1)
  })

  test("stop reaches the others although some hosts are dead", async () => {
    const { code, json } = await run("stop", "--job", "web", "--yes")
    expect(code).toBe(4)
    expect(json.counts).toMatchObject({ planned: 9, changed: 6, unreachable: 3 })
    expect((await run("start", "--job", "web", "--region", "north", "--min-healthy", "1s")).code).toBe(0)
  })

  test("deploy to a stock supervisord says what is missing and touches nothing", async () => {
    const text = `service: shop
cluster: test
package: {name: shop, version: "1", file: ${join(PROJECT, "package.json")}}
agent: {user: ops, password: "${PASSWORD}"}
regions: {north: {hosts: {n-01: {address: 127.0.0.1, agent: {port: ${daemons[0]!.port}}}}}}
jobs: {web: {hosts: ["*"], command: run}}
`
    const other = join(daemons[0]!.folder, "deploy.yaml")
    await writeFile(other, text)
    const { json, code } = await minosJson(["deploy", "-f", other, "--yes"])
    expect(code).toBe(7)
    expect(json.outcomes[0].failure.message).toContain("stock supervisord")
  })
})
