import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import ConfigDiff from "../../commands/config/diff.js"
import ConfigExplain from "../../commands/config/explain.js"
import ConfigRender from "../../commands/config/render.js"
import { captured } from "../support/captured.js"

let folder = ""
const written = captured()

const BASE = `service: shop
package: {name: shop, version: "1", file: a.tar.gz}
regions: {east: {hosts: {h-1: 10.0.0.1, h-2: "fd00::2"}}}
jobs:
  web:
    hosts: ["*"]
    basePort: 8080
    command: run 'a b' {{ task.data }}
    env: {PW: "x-\${env:CONFIG_TEST_PW}"}
    user: web
    checks: [{tcp: {port: "{{ task.port }}"}}, {cmd: "check {{ task.run }}/x"}]
    files: {conf/id: {text: "id {{ task.number }}\\nlog {{ task.log }}\\n"}}
`

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "minos-config-")))
  await writeFile(join(folder, "base.yaml"), BASE)
  await writeFile(join(folder, "one.yaml"), "extends: base.yaml\ncluster: one\njobs: {web: {startsecs: 5}}\n")
  await writeFile(join(folder, "two.yaml"), "extends: base.yaml\ncluster: two\n")
  vi.stubEnv("CONFIG_TEST_PW", "hidden-password")
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

describe("config render", () => {
  test("shows what a task is made of, and no secret", async () => {
    expect(await run(ConfigRender, ["web.1", "-f", file("one.yaml")])).toBe(0)
    expect(written.out.split("\n")).toEqual([
      "web.1 on h-2 in east",
      "  command: run 'a b' {data}",
      "  env PW: x-[secret env:CONFIG_TEST_PW]",
      "  autorestart: unexpected",
      "  startsecs: 5",
      "  startretries: 3",
      "  exitcodes: 0",
      "  stopsignal: TERM",
      "  stopwaitsecs: 10",
      "  stopasgroup: true",
      "  killasgroup: true",
      "  logMaxBytes: 52428800",
      "  logBackups: 10",
      "  user: web",
      "  check tcp: [fd00::2]:8080",
      "  check cmd: check {run}/x",
      "  file conf/id: mode 0644, 15 bytes",
      "",
    ])
  })

  test("shows a file of it as it will be", async () => {
    expect(await run(ConfigRender, ["web.1", "conf/id", "-f", file("one.yaml")])).toBe(0)
    expect(written.out).toBe("id 1\nlog {log}\n")
  })

  test("--json has both", async () => {
    expect(await run(ConfigRender, ["web.0", "conf/id", "-f", file("one.yaml"), "--json"])).toBe(0)
    expect(JSON.parse(written.out)).toMatchObject({
      schema: 1,
      command: "config render",
      ok: true,
      task: "web.0",
      host: "h-1",
      files: [{ path: "conf/id", mode: "0644" }],
      file: { path: "conf/id", text: "id 0\nlog {log}\n" },
    })
    expect(written.out).not.toMatch(/hidden-password|folder-/)
  })

  test.each([
    [["wbe.0"], 'has no task "wbe.0"'],
    [["web.0", "conf/di"], 'web.0 has no file "conf/di"'],
  ])("%s that there is not by what there is", async (args, message) => {
    expect(await run(ConfigRender, [...args, "-f", file("one.yaml")])).toBe(2)
    expect(written.err).toContain(message)
    expect(written.err).toContain("Did you mean")
  })
})

describe("config explain", () => {
  test("says who set a key, and what that overrode", async () => {
    expect(await run(ConfigExplain, ["jobs.web.startsecs", "-f", file("one.yaml")])).toBe(0)
    expect(written.out).toBe(`jobs.web.startsecs: 5\n  ${file("one.yaml")}:3:14\n`)
    written.out = ""
    expect(await run(ConfigExplain, ["jobs.web.startsecs", "-f", file("two.yaml")])).toBe(0)
    expect(written.out).toMatch(/^jobs\.web\.startsecs is not set: seconds it must stay up/)
  })

  test("--json has the same", async () => {
    expect(await run(ConfigExplain, ["jobs.web.env", "-f", file("two.yaml"), "--json"])).toBe(0)
    expect(JSON.parse(written.out)).toMatchObject({
      command: "config explain",
      key: "jobs.web.env",
      values: [
        {
          key: "jobs.web.env.PW",
          said: [{ value: "x-${env:CONFIG_TEST_PW}", file: file("base.yaml"), line: 9, col: 11 }],
        },
      ],
    })
  })

  test("a key that there is not is a mistake of usage", async () => {
    expect(await run(ConfigExplain, ["jobs.web.startsec", "-f", file("one.yaml")])).toBe(2)
    expect(written.err).toContain('Did you mean "startsecs"?')
  })
})

describe("config diff", () => {
  test("of two tasks shows settings and lines of files, and ends with 10", async () => {
    expect(await run(ConfigDiff, ["web.0", "web.1", "-f", file("one.yaml")])).toBe(10)
    expect(written.out.split("\n")).toEqual([
      "- check tcp: 10.0.0.1:8080",
      "- conf/id | id 0",
      "+ check tcp: [fd00::2]:8080",
      "+ conf/id | id 1",
      "",
    ])
  })

  test("of a task with itself ends with 0", async () => {
    expect(await run(ConfigDiff, ["web.0", "web.0", "-f", file("one.yaml")])).toBe(0)
    expect(written.out).toBe("nothing differs\n")
  })

  test("of two files shows values with their places, as text and as JSON", async () => {
    const [one, two] = [file("one.yaml"), file("two.yaml")]
    const lines = [
      `- cluster: one (${one}:2:10)`,
      `+ cluster: two (${two}:2:10)`,
      `- jobs.web.startsecs: 5 (${one}:3:25)`,
    ]
    expect(await run(ConfigDiff, [one, two])).toBe(10)
    expect(written.out.trimEnd().split("\n").sort()).toEqual([...lines].sort())
    written.out = ""
    expect(await run(ConfigDiff, [one, two, "--json"])).toBe(10)
    expect(JSON.parse(written.out)).toMatchObject({ command: "config diff", exitCode: 10, kind: "files" })
    expect([...JSON.parse(written.out).diff].sort()).toEqual([...lines].sort())
  })

  test("of a file and what is none says which", async () => {
    expect(await run(ConfigDiff, [file("one.yaml"), file("three.yaml")])).toBe(2)
    expect(written.err).toContain("three.yaml: no such file")
  })
})

function file(name: string): string {
  return join(folder, name)
}

async function run(command: object, args: readonly string[]): Promise<number> {
  process.exitCode = 0
  // The type of the static method asks for a single class.
  const { run } = command as { run(argv: string[], root: string): Promise<unknown> }
  await run.call(command, [...args], join(import.meta.dirname, "../.."))
  return Number(process.exitCode)
}
