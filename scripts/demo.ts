// The main job on one machine: a fleet of three regions with two hosts each, and a service that goes from version 1 to 2 and
// stops at a broken 3. Everything runs on loopback and below one temporary folder, and is ended at the end.
import { type ChildProcess, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { removeTree } from "../src/disk/remove-tree.js"
import { packFolder } from "../src/packages/pack.js"
import { EXIT_CODES } from "../src/report/exit-codes.js"
import { type DemoHost, endFleet, startFleet } from "./demo/fleet.js"

const PROJECT = fileURLToPath(new URL("../..", import.meta.url))
const MINOS = join(PROJECT, "bin", "run.js")
const REGIONS = { beijing: ["bj-01", "bj-02"], frankfurt: ["fra-01", "fra-02"], virginia: ["va-01", "va-02"] }
const VERSIONS = ["1.0.0", "2.0.0", "3.0.0"]

// Without these each task would be watched for ten seconds, and each region for half a minute.
const QUICK = ["--min-healthy", "1s", "--fast", "--reason", "demo"]

/** One run of the demo: where it is, and how it is told to end early. */
interface Demo {
  readonly folder: string
  readonly interrupted: AbortSignal
}

await main(process.argv.includes("--keep"))

async function main(keep: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "minos-demo-"))
  const agents: ChildProcess[] = []
  const interrupt = listen()
  const demo: Demo = { folder, interrupted: interrupt.signal }
  try {
    title("Six agents on loopback stand for three regions with two hosts each")
    const password = randomBytes(12).toString("base64url")
    const hosts = await startFleet(REGIONS, { folder, minos: MINOS, password, keep }, agents)
    await prepare(demo, hosts, password)
    await show(demo, hosts)
    if (keep) return howToGoOn(folder, agents)
  } catch (error) {
    process.exitCode ??= 1
    if (!interrupt.signal.aborted) console.error(`\ndemo: ${error instanceof Error ? error.message : error}`)
  }
  await endFleet(agents)
  await removeTree(folder)
  title(`Ended: ${agents.length} agents and what they ran; ${folder} is gone`)
}

/** Version 1, version 2, one region restarted, and a version 3 that does not start. */
async function show(demo: Demo, hosts: readonly DemoHost[]): Promise<void> {
  title("Version 1 goes to every host, two tasks at a time")
  await minos(demo, ["deploy", "--yes", ...QUICK, "--parallel", "2", "--min-available", "0"])
  await minos(demo, ["status"])
  await askAll(hosts)

  title("Version 2, one task after another")
  edit(demo, "1.0.0", "2.0.0")
  await minos(demo, ["deploy", "--yes", ...QUICK])

  title("One region is restarted")
  await minos(demo, ["restart", "--region", "frankfurt", "--yes", "--min-healthy", "1s"])

  title("Version 3 is broken: it must stop at its first task")
  edit(demo, "2.0.0", "3.0.0")
  await minos(demo, ["deploy", "--yes", ...QUICK], EXIT_CODES.halted.code)
  await minos(demo, ["status"], EXIT_CODES.failed.code)
  await askAll(hosts)
}

/** Packs the fixture's versions and writes the cluster file. */
async function prepare({ folder }: Demo, hosts: readonly DemoHost[], password: string): Promise<void> {
  mkdirSync(join(folder, "packages"))
  for (const version of VERSIONS)
    await packFolder(
      join(PROJECT, "fixtures", "packages", "hello", version),
      join(folder, "packages", `hello-${version}.tar.gz`),
    )
  writeFileSync(join(folder, "password"), password, { mode: 0o600 })
  writeFileSync(join(folder, "minos.yaml"), clusterFile(hosts))
  process.stdout.write(`\n${join(folder, "minos.yaml")}\n${indent(clusterFile(hosts))}`)
}

function clusterFile(hosts: readonly DemoHost[]): string {
  const regions = Object.entries(REGIONS).map(([region, names]) => {
    const own = names.map(name => {
      const port = hosts.find(host => host.name === name)?.port
      return `      ${name}: {address: 127.0.0.1, agent: {port: ${port}}}`
    })
    return [`  ${region}:`, "    hosts:", ...own].join("\n")
  })
  return `service: hello
cluster: demo
package: {name: hello, version: "1.0.0", file: ./packages/hello-1.0.0.tar.gz}
agent: {user: minos, password: "\${file:password}"}
regions:
${regions.join("\n")}
jobs:
  web:
    hosts: ["*"]
    command: node server.js
    env: {PORT: "0"}           # 0: each server takes a free port
    startretries: 1
`
}

function edit({ folder }: Demo, from: string, to: string): void {
  const file = join(folder, "minos.yaml")
  writeFileSync(file, readFileSync(file, "utf8").replaceAll(from, to))
  process.stdout.write(`\n$ sed -i s/${from}/${to}/g minos.yaml\n`)
}

/** Runs a minos command as an operator would, in the folder of the cluster file, and insists on its exit code. */
async function minos(demo: Demo, args: readonly string[], expected = 0): Promise<void> {
  demo.interrupted.throwIfAborted()
  process.stdout.write(`\n$ minos ${args.join(" ")}\n`)
  const child = spawn(process.execPath, [MINOS, ...args], {
    cwd: demo.folder,
    // Or it would leave something in the home of whoever looks at it.
    env: { ...process.env, MINOS_STATE_DIR: join(demo.folder, "state") },
    stdio: ["ignore", "inherit", "inherit"],
  })
  const stop = (): void => {
    // Twice: what runs is given up, because the agents are ended next.
    child.kill("SIGINT")
    setTimeout(() => child.kill("SIGINT"), 100).unref()
  }
  demo.interrupted.addEventListener("abort", stop, { once: true })
  const [code] = (await once(child, "exit")) as [number | null]
  demo.interrupted.removeEventListener("abort", stop)
  demo.interrupted.throwIfAborted()
  process.stdout.write(`(exit ${code})\n`)
  if (code !== expected) throw new Error(`minos ${args.join(" ")} ended with ${code}, expected ${expected}`)
}

/** Asks each web server what it is: a second opinion on the report. */
async function askAll(hosts: readonly DemoHost[]): Promise<void> {
  process.stdout.write("\nWhat the web servers say themselves, over HTTP:\n")
  for (const host of hosts) process.stdout.write(`  ${await ask(host)}\n`)
}

async function ask({ name, root }: DemoHost): Promise<string> {
  try {
    const port = readFileSync(join(root, "tasks", "hello", "demo", "web", "0", "run", "port"), "utf8").trim()
    const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2_000) })
    return (await answer.text()).trim()
  } catch {
    return `nobody answers on ${name}`
  }
}

function howToGoOn(folder: string, agents: readonly ChildProcess[]): void {
  title("The fleet goes on")
  const minos = `node ${relative(folder, MINOS).length < MINOS.length ? relative(folder, MINOS) : MINOS}`
  process.stdout.write(
    `Talk to it:\n  cd ${folder}\n  ${minos} status\n  ${minos} restart --region beijing\n` +
      `  ${minos} rpc bj-01 supervisor.getAllProcessInfo\n` +
      `End it:\n  kill ${agents.map(agent => agent.pid).join(" ")}; sleep 1; chmod -R u+w ${folder}; rm -rf ${folder}\n`,
  )
}

function listen(): AbortController {
  const interrupt = new AbortController()
  const on = (signal: NodeJS.Signals, code: number): void => {
    process.on(signal, () => {
      process.exitCode = code
      interrupt.abort()
    })
  }
  on("SIGINT", 130)
  on("SIGTERM", 143)
  on("SIGHUP", 129)
  return interrupt
}

function title(text: string): void {
  process.stdout.write(`\n== ${text} ==\n`)
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "    ")
}
