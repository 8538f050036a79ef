import { type ChildProcess, spawn } from "node:child_process"
import { mkdir, mkdtemp, readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, expect, test } from "vitest"
import { removeTree } from "../../src/disk/remove-tree.js"
import { packFolder } from "../../src/packages/pack.js"
import { unpackPackage } from "../../src/packages/unpack.js"
import { until } from "../support/until.js"

const FIXTURES = fileURLToPath(new URL("../../fixtures/packages/hello/", import.meta.url))

let folder: string
let child: ChildProcess | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "minos-hello-"))
})
afterEach(async () => {
  child?.kill("SIGKILL")
  await removeTree(folder)
})

async function start(version: string) {
  await packFolder(join(FIXTURES, version), join(folder, "hello.tar.gz"))
  await unpackPackage(join(folder, "hello.tar.gz"), join(folder, "hello"))
  await mkdir(join(folder, "run"))
  const env = {
    PATH: process.env.PATH,
    MINOS_TASK: "web.0",
    MINOS_HOST: "bj-01",
    MINOS_RUN_DIR: join(folder, "run"),
  }
  child = spawn(process.execPath, ["server.js"], { cwd: join(folder, "hello"), env })
  const log = { out: "", err: "" }
  child.stdout?.on("data", data => {
    log.out += data
  })
  child.stderr?.on("data", data => {
    log.err += data
  })
  const ended = new Promise(resolve => child?.on("close", (code, signal) => resolve(code ?? signal)))
  return { log, ended, end: () => child?.kill("SIGTERM") }
}

test.each(["1.0.0", "2.0.0"])(
  "hello %s answers from where it runs, logs, and ends on SIGTERM",
  async version => {
    const { log, ended, end } = await start(version)
    const port = await until("the port is written", () =>
      readFile(join(folder, "run", "port"), "utf8").catch(() => ""),
    )
    const answer = await fetch(`http://127.0.0.1:${port.trim()}/x`)
    expect(await answer.text()).toBe(`hello ${version} from web.0 on bj-01\n`)
    end()
    expect(await ended).toBe(0)
    expect(log).toEqual({
      out: expect.stringMatching(
        new RegExp(`^hello ${version} listens on .*\nGET /x\nhello ${version} ends on SIGTERM\n$`),
      ),
      err: "",
    })
  },
)

test("hello 3.0.0 ends at start and says why", async () => {
  const { log, ended } = await start("3.0.0")
  expect(await ended).toBe(1)
  expect(log.err).toMatch(/Error: GREETING_TABLE is not set\n {4}at readGreetings/)
})
