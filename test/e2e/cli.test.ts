import { type StdioOptions, spawn } from "node:child_process"
import { closeSync, existsSync, openSync } from "node:fs"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { inFolder, minos, minosJson, PROJECT, RUN, STATE } from "../support/minos.js"
import { freePort } from "../support/ports.js"
import { ended } from "../support/processes.js"
import { startSimpleServer } from "../support/python.js"
import { startSupervisord } from "../support/supervisord.js"
import { until } from "../support/until.js"

const BAD = join(PROJECT, "fixtures", "clusters", "bad")

describe("minos rpc against Python's SimpleXMLRPCServer", () => {
  test.each([{ threaded: true }, { threaded: false }])(
    "prints 8 for pow 2 3 (threaded: $threaded)",
    async kind => {
      const server = await startSimpleServer(kind)
      try {
        expect(await minos(["rpc", server.url, "pow", "2", "3"])).toEqual({
          code: 0,
          stdout: "8",
          stderr: "",
        })
        const echoed = await minos([
          "rpc",
          server.url,
          "echo",
          '{"a": [1, true, null, "x\\n", -2.5], "__proto__": {"b": 1}}',
        ])
        expect(JSON.parse(echoed.stdout)).toEqual(
          JSON.parse('{"a": [1, true, null, "x\\n", -2.5], "__proto__": {"b": 1}}'),
        )
        const word = await minos(["rpc", server.url, "echo", "redis"])
        expect(word.stdout).toBe('"redis"')
        const negative = await minos(["rpc", server.url, "pow", "2", "-1"])
        expect(negative.stdout).toBe("0.5")
      } finally {
        await server.stop()
      }
    },
  )

  test("a fault is exit code 3 on stderr, and one JSON value on stdout with --json", async () => {
    const server = await startSimpleServer({ threaded: true })
    try {
      const text = await minos(["rpc", server.url, "fail", "so it is"])
      expect([text.code, text.stdout]).toEqual([3, ""])
      expect(text.stderr).toContain("so it is")
      const { code, json } = await minosJson(["rpc", server.url, "fail", "so it is"])
      expect(code).toBe(3)
      expect(json).toMatchObject({
        schema: 1,
        ok: false,
        exitCode: 3,
        answers: [{ ok: false, failure: { reason: "fault" } }],
      })
    } finally {
      await server.stop()
    }
  })

  test("no server is exit code 4", async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    expect((await minos(["rpc", url, "pow", "2", "3"])).code).toBe(4)
  })

  test("a password in a URL is sent and not shown", async () => {
    const daemon = await startSupervisord({ user: "ops", password: "pa55-word" })
    try {
      const url = daemon.url.replace("//", "//ops:pa55-word@")
      const good = await minosJson(["rpc", url, "supervisor.getState"])
      expect(good.json.answers[0].value).toEqual({ statecode: 1, statename: "RUNNING" })
      const bad = await minos(["rpc", url.replace("pa55-word", "other-pa55"), "supervisor.getState"])
      expect(bad.code).toBe(5)
      expect(good.stdout + bad.stdout + bad.stderr).not.toMatch(/pa55/)
    } finally {
      await daemon.stop()
    }
  })
})

describe("minos check", () => {
  test("says every problem of a bad file as FILE:LINE:COL, exit code 2", async () => {
    const files = (await readdir(BAD)).filter(name => name.endsWith(".yaml")).slice(0, 5)
    for (const name of files) {
      const { code, stderr, stdout } = await minos(["check", name], { cwd: BAD })
      const expected = (await readFile(join(BAD, name.replace(/\.yaml$/, ".expected.txt")), "utf8")).trim()
      expect(code).toBe(2)
      expect(stdout + stderr).toContain(expected)
    }
  })

  test("its problems are the result: on stdout, and in JSON one by one", async () => {
    await inFolder(async folder => {
      await writeFile(join(folder, "minos.yaml"), "service: Shop\ncluster: test\nregons: {}\n")
      const text = await minos(["check"], { cwd: folder })
      expect(text.code).toBe(2)
      expect(text.stdout).toMatch(
        /^minos\.yaml:1:10 service: .*\nminos\.yaml:3:1 .*Did you mean "regions"\?$/m,
      )
      const { code, json } = await minosJson(["check"], { cwd: folder })
      expect(code).toBe(2)
      expect(json).toMatchObject({ schema: 1, ok: false, exitCode: 2 })
      expect(json.error.problems.length).toBeGreaterThan(1)
    })
  })
})

describe("exit codes and streams", () => {
  test.each([
    ["an unknown flag", ["status", "--bogus"], 2],
    ["an unknown command", ["statsu"], 2],
    ["a flag that does not parse", ["start", "--deadline", "soon"], 2],
    ["no cluster file", ["status", "-f", "/nowhere/minos.yaml"], 2],
    [
      "a selection that matches nothing",
      ["status", "-f", join(PROJECT, "fixtures/clusters/good/minimal.yaml"), "--host", "nope"],
      2,
    ],
  ])("%s: the same exit code with --json and without", async (_, args, code) => {
    const [text, json] = await Promise.all([minos(args), minos([...args, "--json"])])
    expect([text.code, json.code]).toEqual([code, code])
    expect(text.stdout).toBe("")
    expect(text.stderr).not.toBe("")
  })

  test("every command's help has an example, and names no file of this machine", async () => {
    const commands = [
      ["status"],
      ["start"],
      ["stop"],
      ["restart"],
      ["plan"],
      ["deploy"],
      ["rollback"],
      ["cleanup"],
      ["check"],
      ["rpc"],
      ["agent", "serve"],
      ["history"],
      ["show"],
      ["resume"],
      ["audit", "verify"],
    ]
    for (const command of commands) {
      const { code, stdout } = await minos([...command, "--help"])
      expect(code).toBe(0)
      expect(stdout).toMatch(/EXAMPLES\n\s+\$? ?.*minos/)
      expect(stdout).not.toContain(PROJECT)
    }
  })

  test("a reader that leaves early is no error", async () => {
    const script = `"${process.execPath}" "${RUN}" deploy --help | head -1; echo "\${PIPESTATUS[0]}"`
    const child = spawn("bash", ["-c", script], { stdio: ["ignore", "pipe", "pipe"] })
    let out = ""
    let err = ""
    child.stdout.on("data", chunk => (out += chunk))
    child.stderr.on("data", chunk => (err += chunk))
    await ended(child)
    expect(out.trim().split("\n").at(-1)).toBe("0")
    expect(err).toBe("")
  })

  describe.skipIf(!existsSync("/dev/full"))("on a full disk", () => {
    async function run(args: readonly string[], stdio: (full: number) => StdioOptions) {
      const full = openSync("/dev/full", "w")
      const child = spawn(process.execPath, [RUN, ...args], { stdio: stdio(full) })
      closeSync(full)
      let err = ""
      child.stderr?.on("data", chunk => (err += chunk))
      await ended(child)
      return [child.exitCode, err]
    }

    test("the story ends nothing", async () => {
      const args = ["rpc", "http://127.0.0.1:1", "pow", "2", "3"]
      expect(await run(args, full => ["ignore", "ignore", full])).toEqual([4, ""])
    })

    test("a result is missed in words", async () => {
      const [code, err] = await run(["schema"], full => ["ignore", full, "pipe"])
      expect(code).toBe(1)
      expect(err).toMatch(/^minos: the result could not be written: ENOSPC.*\n$/)
    })
  })
})

test("Ctrl-C in the middle of a restart finishes what runs, reports all, and exits with 130", async () => {
  const daemon = await startSupervisord({
    programs: Object.fromEntries(
      ["a", "b", "c"].map(name => [name, { command: "/bin/sleep 1000", startsecs: 1 }]),
    ),
  })
  try {
    const file = join(daemon.folder, "minos.yaml")
    const after: Record<string, string> = { b: "a", c: "b" }
    const jobs = ["a", "b", "c"]
      .map(name => `  ${name}: {hosts: ["*"], program: ${name}, after: [${after[name] ?? ""}]}`)
      .join("\n")
    await writeFile(
      file,
      `service: shop\ncluster: test\nregions: {r: {hosts: {h-1: {address: 127.0.0.1, agent: {port: ${daemon.port}}}}}}\njobs:\n${jobs}\n`,
    )
    const args = ["restart", "-f", file, "--yes", "--min-healthy", "1s", "--json"]
    const env = { ...process.env, MINOS_STATE_DIR: STATE }
    const child = spawn(process.execPath, [RUN, ...args], { env, stdio: ["ignore", "pipe", "pipe"] })
    let out = ""
    let err = ""
    child.stdout.on("data", chunk => (out += chunk))
    child.stderr.on("data", chunk => (err += chunk))
    await until("the first task is done and the second begins", () =>
      /changed {2}r h-1 a\.0[\s\S]*wave .*b /.test(err),
    )
    child.kill("SIGINT")
    await ended(child)
    const report = JSON.parse(out)
    expect(child.exitCode).toBe(130)
    expect(report.counts).toMatchObject({ planned: 3, changed: 2, skipped: 1 })
    expect(report.interrupted).toBe(true)
    const { json } = await minosJson(["status", "-f", file])
    expect(json.counts).toMatchObject({ tasks: 3, running: 3 })
  } finally {
    await daemon.stop()
  }
})
