import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { PROJECT } from "../support/minos.js"
import { ended, launch } from "../support/processes.js"
import { until } from "../support/until.js"

const DEMO = join(PROJECT, "dist", "scripts", "demo.js")

/** A run of the demo, with what it has said so far. */
interface Run {
  readonly child: ChildProcess
  said(): string
  /** The temporary folder it works in; every process it starts names it. */
  folder(): string
}

function run(args: readonly string[] = []): Run {
  const child = launch(process.execPath, [DEMO, ...args], { stdio: ["ignore", "pipe", "pipe"] })
  let said = ""
  child.stdout?.on("data", chunk => (said += chunk))
  child.stderr?.on("data", chunk => (said += chunk))
  return { child, said: () => said, folder: () => /\S*\/minos-demo-\w+/.exec(said)?.[0] ?? "nothing yet" }
}

/** The processes whose command line or environment names the folder. */
function processesOf(folder: string): string[] {
  return readdirSync("/proc")
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        const text =
          readFileSync(`/proc/${pid}/cmdline`, "utf8") + readFileSync(`/proc/${pid}/environ`, "utf8")
        return text.includes(folder) ? [`${pid} ${text.slice(0, 80)}`] : []
      } catch {
        return []
      }
    })
}

const kept: number[] = []
afterAll(() => {
  for (const pid of kept) {
    try {
      process.kill(pid, "SIGKILL")
    } catch {
      // It has ended, as it should.
    }
  }
})

test("the demo shows two good versions and a broken one, ends with 0 and leaves nothing behind", async () => {
  const demo = run()
  await ended(demo.child)
  const said = demo.said()
  expect(demo.child.exitCode, said).toBe(0)
  expect(said).toContain("$ minos deploy --yes")
  expect(said).toContain("6 planned: 6 changed")
  expect(said).toMatch(/restart hello\/demo: 2 planned: 2 changed/)
  expect(said).toContain("6 planned: 1 failed, 5 skipped")
  expect(said.match(/hello 2\.0\.0 from/g)).toHaveLength(5)
  expect(existsSync(demo.folder())).toBe(false)
  expect(processesOf(demo.folder())).toEqual([])
}, 180_000)

test("Ctrl-C in the middle of a deploy ends everything the demo started", async () => {
  const demo = run()
  await until("something runs", () => demo.said().includes("changed  beijing"), 60_000)
  demo.child.kill("SIGINT")
  await ended(demo.child)
  expect(demo.child.exitCode, demo.said()).toBe(130)
  expect(existsSync(demo.folder())).toBe(false)
  expect(processesOf(demo.folder())).toEqual([])
}, 180_000)

test("with --keep the fleet goes on until it is ended as the demo says", async () => {
  const demo = run(["--keep"])
  await ended(demo.child)
  expect(demo.child.exitCode, demo.said()).toBe(0)
  const end = /End it:\n\s+(kill ([\d ]+);.*)/.exec(demo.said())
  kept.push(...(end?.[2]?.split(" ").map(Number) ?? []))
  expect(kept).toHaveLength(6)
  const talk = /Talk to it:\n\s+(cd .*)\n\s+(.* status)\n/.exec(demo.said())
  const status = spawn("bash", ["-c", `${talk?.[1]} && ${talk?.[2]}`], { stdio: "ignore" })
  await ended(status)
  // The broken version 3 stands on one host.
  expect(status.exitCode).toBe(3)
  spawn("bash", ["-c", end?.[1] ?? "false"], { stdio: "ignore" })
  await until("the fleet has ended", () => processesOf(demo.folder()).length === 0)
}, 180_000)
