import { existsSync } from "node:fs"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest"
import Check from "../../commands/check.js"
import Status from "../../commands/status.js"
import { freePort } from "../support/ports.js"

const folder = await mkdtemp(join(tmpdir(), "minos-command-secrets-"))
const file = join(folder, "prod.yaml")
const exitCode = process.exitCode
let shown = ""

beforeEach(() => {
  shown = ""
  process.exitCode = undefined
  vi.stubEnv("MINOS_STATE_DIR", folder)
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, "write").mockImplementation(text => {
      shown += text
      return true
    })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  process.exitCode = exitCode
})
afterAll(() => rm(folder, { recursive: true }))

test("a check of the file runs no command", async () => {
  await write("touch ran")
  await Check.run([file], import.meta.url)
  expect([process.exitCode, existsSync(join(folder, "ran"))]).toEqual([0, false])
})

test.each([{ flags: [] }, { flags: ["--json"] }])(
  "a command that fails ends minos with 2 before a host is called: $flags",
  async ({ flags }) => {
    await write("./fail.sh --token hunter22")
    await writeFile(join(folder, "fail.sh"), "#!/bin/sh\necho hunter22 >&2\necho hunter22\nexit 7\n", {
      mode: 0o755,
    })
    await Status.run(["-f", file, ...flags], import.meta.url)
    expect(process.exitCode).toBe(2)
    expect(shown).toContain("prod.yaml:3:29 ${cmd:./fail.sh} ended with exit status 7")
    expect(shown).toContain("SECRET_COMMAND")
    expect(shown).not.toContain("hunter22")
  },
)

test("a command runs once for all hosts, and what it printed is hidden", async () => {
  await write("./pass.sh")
  await writeFile(join(folder, "pass.sh"), '#!/bin/sh\necho run >> runs\necho "web-02"\n', { mode: 0o755 })
  await Status.run(["-f", file, "--json"], import.meta.url)
  expect(process.exitCode).toBe(4)
  expect(await readFile(join(folder, "runs"), "utf8")).toBe("run\n")
  expect(shown).toContain('"host": "web-01"')
  expect(shown).toContain('"host": "[secret]"')
})

async function write(command: string): Promise<void> {
  const lines = [
    "service: shop",
    "cluster: test",
    `agent: {user: op, password: "\${cmd:${command}}", port: ${await freePort()}}`,
    'regions: {east: {hosts: {web-01: 127.0.0.1, web-02: "127.0.0.2"}}}',
    'jobs: {web: {hosts: ["*"], program: web}}',
  ]
  await writeFile(file, lines.join("\n"))
}
