import { spawn, spawnSync } from "node:child_process"
import { readFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { uploadBlob } from "../../src/packages/upload.js"
import { parseEndpoint } from "../../src/rpc/endpoint.js"
import { createProxy } from "../../src/rpc/proxy.js"
import { deploymentAt } from "../support/calls.js"
import { startAgentProcess } from "../support/minos.js"
import { until } from "../support/until.js"
import { PROGRAM, packageOf, releaseOf, STAYS, TASK, temporaryFolder } from "./support.js"

/** What a process did to its disk, in the order in which the system calls ended. */
type Call =
  | { readonly kind: "sync"; readonly path: string }
  | { readonly kind: "rename"; readonly from: string; readonly to: string }

const hasStrace = spawnSync("strace", ["-V"]).status === 0

test.skipIf(!hasStrace)(
  "what an agent renames into place is synced before, and the name after (needs strace)",
  async () => {
    const root = await temporaryFolder()
    const trace = join(await temporaryFolder(), "trace")
    const agent = await startAgentProcess(root, ["--embedded"])
    onTestFinished(() => agent.end())
    const strace = ["-f", "-y", "-q", "-e", "trace=fsync,fdatasync,rename,symlink", "-s", "500", "-o", trace]
    const tracer = spawn("strace", [...strace, "-p", String(agent.pid)])
    await until("strace is attached", async () => {
      const status = await readFile(`/proc/${agent.pid}/status`, "utf8")
      return /TracerPid:\s+[1-9]/.test(status)
    })
    await deploy(agent.port)
    tracer.kill("SIGINT")
    await new Promise(resolve => tracer.once("exit", resolve))

    const calls = read(await readFile(trace, "utf8")).filter(call => pathOf(call).startsWith(root))
    const renames = calls.filter(call => call.kind === "rename")
    const places = renames.map(({ to }) => to.slice(root.length + 1).replace(/[0-9a-f]{16,}/, "ID"))
    expect(places.sort()).toEqual([
      "blobs/sha256/ID",
      "packages/ID",
      expect.stringMatching(/^staging\/.*\/exec$/),
      expect.stringMatching(/^staging\/.*\/package$/),
      expect.stringMatching(/^staging\/.*\/release.json$/),
      expect.stringMatching(/^staging\/.*\/start$/),
      "tasks/shop/test/web/0/current",
      "tasks/shop/test/web/0/releases/ID",
    ])
    for (const { from, to } of renames) {
      const at = calls.findIndex(call => call.kind === "rename" && call.to === to)
      const synced = (path: string, calls: readonly Call[]) =>
        calls.some(call => call.kind === "sync" && (call.path === path || call.path.startsWith(`${path}/`)))
      // A symbolic link is nothing but a name.
      const isLink = /\/(package|current)$/.test(to)
      expect([to, isLink || synced(from, calls.slice(0, at))]).toEqual([to, true])
      const after = calls.slice(at + 1)
      expect([dirname(to), after.some(call => call.kind === "sync" && call.path === dirname(to))]).toEqual([
        dirname(to),
        true,
      ])
    }
  },
)

async function deploy(port: number): Promise<void> {
  const endpoint = parseEndpoint(`http://127.0.0.1:${port}`, { timeout: 20_000, connectTimeout: 5_000 })
  const calls = deploymentAt(createProxy(endpoint))
  const blob = await packageOf("1", STAYS("1"))
  const release = releaseOf(blob, "1")
  await uploadBlob(endpoint, blob)
  const { now } = await calls.generation(PROGRAM)
  const head = { ...TASK, notAfter: now + 60, ifGeneration: 0, keep: 5 }
  const names = { task: "web.0", host: "h-1", region: "here", definition: [] }
  await calls.prepare({ ...head, ...names, op: "d-1/prepare", release })
  await until("it is prepared", async () => (await calls.operation("d-1/prepare")).state === "done")
  await calls.activate({ ...head, op: "d-1/activate", release: release.id })
  await until("it is there", async () => (await calls.operation("d-1/activate")).state === "done")
}

/** A call that another thread's interrupted counts from where it ended. */
function read(trace: string): readonly Call[] {
  const begun = new Map<string, string>()
  return trace.split("\n").flatMap((line): readonly Call[] => {
    const [, pid = "", rest = ""] = /^(\d+)\s+(.*)$/.exec(line) ?? []
    if (rest.endsWith("<unfinished ...>")) {
      begun.set(pid, rest.replace(/ <unfinished \.\.\.>$/, ""))
      return []
    }
    const whole = rest.startsWith("<...")
      ? `${begun.get(pid)}${rest.replace(/^<\.\.\. \w+ resumed>/, "")}`
      : rest
    const sync = /^fd?a?t?a?sync\(\d+<([^>]*)>\)\s+= 0/.exec(whole)
    if (sync) return [{ kind: "sync", path: sync[1]! }]
    const rename = /^rename\("([^"]*)", "([^"]*)"\)\s+= 0/.exec(whole)
    return rename ? [{ kind: "rename", from: rename[1]!, to: rename[2]! }] : []
  })
}

function pathOf(call: Call): string {
  return call.kind === "sync" ? call.path : call.to
}
