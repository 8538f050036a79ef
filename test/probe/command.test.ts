import { chmod, mkdir, readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { type Command, type CommandResult, runCommand } from "../../src/probe/command.js"
import { isAlive } from "../support/processes.js"
import { until } from "../support/until.js"
import { type Scripts, scripts } from "./scripts.js"

const AMPLE = 30_000
const never = new AbortController().signal

let place: Scripts
beforeEach(async () => {
  place = await scripts()
})
afterEach(() => place.remove())

function run(argv: readonly string[], more: Partial<Command> = {}): Promise<CommandResult> {
  return runCommand({ argv, cwd: place.folder, env: process.env, timeout: AMPLE, signal: never, ...more })
}

function sh(text: string, more: Partial<Command> = {}): Promise<CommandResult> {
  return run(["sh", "-c", text], more)
}

/** Waits until no process lives whose id stands in the file. */
async function gone(file: string): Promise<void> {
  const pids = (await place.written(file)).split("\n").map(Number)
  await until("all are gone", () => !pids.some(isAlive))
}

describe("a command that ends by itself", () => {
  test("has its exit status and its output", async () => {
    expect(await sh("echo one; echo two >&2")).toMatchObject({
      ok: true,
      exitStatus: 0,
      said: "exit status 0",
    })
    expect((await sh("echo one; echo two >&2")).output.toSorted()).toEqual(["one", "two"])
  })

  test("is not ok with another exit status, and its last words say why", async () => {
    expect(await sh("echo draining; echo 'the pool is full'; echo; exit 3")).toEqual({
      ok: false,
      exitStatus: 3,
      output: ["draining", "the pool is full", ""],
      said: 'exit status 3: "the pool is full"',
    })
    expect(await run(["false"])).toEqual({ ok: false, exitStatus: 1, output: [], said: "exit status 1" })
  })

  test("is not ok when a signal ended it", async () => {
    expect(await sh("echo oh; kill -SEGV $$")).toEqual({
      ok: false,
      output: ["oh"],
      said: 'ended by SIGSEGV: "oh"',
    })
  })

  test("gets its arguments as they are, without a shell", async () => {
    const argv = ["a b", "$HOME", "*", "; echo x", ""]
    const program = "process.stdout.write(JSON.stringify(process.argv.slice(1)))"
    const { output } = await run([process.execPath, "-e", program, ...argv])
    expect(output).toEqual([JSON.stringify(argv)])
  })

  test("has the environment that is given and nothing else", async () => {
    const env = { PATH: process.env.PATH, MINOS_TASK: "web.3" }
    const { output } = await run([process.execPath, "-p", "Object.keys(process.env).sort().join()"], { env })
    expect(output).toEqual(["MINOS_TASK,PATH"])
  })

  test("runs in its folder, from where a name with a slash is looked for", async () => {
    await mkdir(join(place.folder, "hooks"))
    await place.script("hooks/drain.sh", "pwd")
    expect((await run(["./hooks/drain.sh"])).output).toEqual([place.folder])
  })
})

describe("the input of a command", () => {
  test("is one line of JSON", async () => {
    const { output } = await run(["cat"], { input: { schema: 1, task: "web.3", text: "a\nb" } })
    expect(output).toEqual(['{"schema":1,"task":"web.3","text":"a\\nb"}'])
  })

  test("is empty when there is none", async () => {
    expect(await sh("cat; echo end")).toMatchObject({ ok: true, output: ["end"] })
  })

  test("need not be read, however long it is", async () => {
    const input = "x".repeat(1_000_000)
    expect(await sh("exit 0", { input })).toMatchObject({ ok: true })
    expect(await sh("exec <&-; echo closed", { input })).toMatchObject({ ok: true, output: ["closed"] })
    expect(await sh("exit 4", { input })).toMatchObject({ exitStatus: 4 })
  })

  test("comes when whoever is told of its pid is ready, and never when that goes wrong", async () => {
    const pids: number[] = []
    const text = "read -r line && echo $$"
    const told = await sh(text, { input: 1, started: async pid => void pids.push(pid) })
    expect(told).toMatchObject({ ok: true, output: pids.map(String) })
    const full = Promise.reject(new Error("the disk is full"))
    await expect(sh("read -r line && echo >read", { input: 1, started: () => full })).rejects.toThrow(/full/)
    expect((await readdir(place.folder)).includes("read")).toBe(false)
  })
})

describe("the output of a command", () => {
  test("is its last 20 lines", async () => {
    const { output } = await sh("seq 1 100000")
    expect(output).toEqual(Array.from({ length: 20 }, (_, n) => String(99_981 + n)))
  })

  test("stays below 64 KiB when a line does not end", async () => {
    const { output } = await sh(
      "head -c 5000000 /dev/zero | tr '\\0' x; echo; head -c 5000000 /dev/zero | tr '\\0' y",
    )
    expect(output.map(line => line[0])).toEqual(["x", "y"])
    expect(output.join("").length).toBeLessThan(64 * 1024)
  })

  test("is safe to print", async () => {
    const result = await sh("printf '\\033[2Jgone\\r\\nü\\000 http://u:p@db\\r\\n'; exit 1")
    expect(result.output).toEqual(["\\x1b[2Jgone", "ü\\x00 http://u:p@db"])
    expect(result.said).toBe('exit status 1: "ü\\x00 http://...@db"')
  })

  test("may be without end", async () => {
    const result = await run(["yes", "again"], { timeout: 2_000 })
    expect(result).toMatchObject({ ok: false, said: 'no end within 2 s: "again"' })
    expect(new Set(result.output.slice(0, 19))).toEqual(new Set(["again"]))
  })

  test("is waited for no longer when only a process in the background holds it open", async () => {
    const result = await sh("sleep 600 & echo $! > pid; echo started")
    expect(result).toMatchObject({ ok: true, output: ["started"] })
    const pid = Number(await place.written("pid"))
    expect(isAlive(pid)).toBe(true)
    process.kill(pid, "SIGKILL")
  })
})

describe("a command that does not end in time", () => {
  test("is ended together with what it started, and what it said before is quoted", async () => {
    const result = await sh("sleep 600 & echo $! > pid; echo waiting for the pool; wait", { timeout: 2_000 })
    expect(result).toMatchObject({ ok: false, said: 'no end within 2 s: "waiting for the pool"' })
    expect(result).not.toHaveProperty("exitStatus")
    await gone("pid")
  })

  test("is ended although it has not begun", async () => {
    expect(await sh("sleep 600", { timeout: 0 })).toEqual({
      ok: false,
      output: [],
      said: "no end within 0 ms",
    })
  })
})

describe("an interrupted command", () => {
  /** Interrupts a script when it has written this many lines into the file `pids`. */
  async function interrupted(text: string, lines: number, grace?: number): Promise<CommandResult> {
    const interrupt = new AbortController()
    const running = sh(text, { signal: interrupt.signal, ...(grace === undefined ? {} : { grace }) })
    await until("all have begun", async () => (await place.written("pids")).split("\n").length === lines)
    interrupt.abort()
    return running
  }
  const LOOP = "while :; do sleep 0.05; done"
  const DEAF = `trap '' TERM; echo $$ >> pids; ${LOOP}`

  test("is asked to end, and may tidy up", async () => {
    const result = await interrupted(`trap 'echo tidied; exit 0' TERM; echo $$ >> pids; ${LOOP}`, 1)
    expect(result).toMatchObject({ ok: false, said: "interrupted" })
    expect(result).not.toHaveProperty("exitStatus")
    expect(result.output).toContain("tidied")
    await gone("pids")
  })

  test("is killed together with its grandchildren when they do not listen", async () => {
    await place.script("deaf.sh", DEAF)
    const result = await interrupted(`./deaf.sh & (./deaf.sh & ./deaf.sh) & ${DEAF}`, 4, 100)
    expect(result.said).toBe("interrupted")
    await gone("pids")
  })

  test("takes deaf grandchildren along although it ends by itself when asked", async () => {
    await place.script("deaf.sh", DEAF)
    await interrupted("./deaf.sh & echo $$ >> pids; wait", 2, 100)
    await gone("pids")
  })

  test("is ended although it is stopped", async () => {
    await interrupted("echo $$ >> pids; kill -STOP $$", 1, 100)
    await gone("pids")
  })

  test("is not started after the signal", async () => {
    const result = await sh("echo x > ran", { signal: AbortSignal.abort() })
    expect(result).toEqual({ ok: false, output: [], said: "interrupted" })
    expect(await sh("test -e ran")).toMatchObject({ exitStatus: 1 })
  })
})

describe("a command that cannot be started says why", () => {
  test.each([
    ["no such command", ["minos-no-such"], 'there is no command "minos-no-such" in PATH'],
    ["no such file", ["./no/such.sh"], 'there is no file "./no/such.sh"'],
    [
      "no interpreter",
      ["./lost.sh"],
      'the interpreter that "./lost.sh" names in its first line does not exist',
    ],
    ["a folder", ["./folder"], '"./folder" is a folder'],
    ["not executable", ["./plain.sh"], '"./plain.sh" may not be executed; chmod +x makes it executable'],
    [
      "a huge argument",
      ["echo", "x".repeat(300_000)],
      '"echo" has too long arguments or too large an environment',
    ],
    ["nothing", [], /^"" could not be started: /],
    ["a zero byte", ["echo", "\0"], /^"echo" could not be started: /],
  ])("%s", async (_, argv, words) => {
    await place.script("lost.sh", "#!/no/such/interpreter\n")
    await mkdir(join(place.folder, "folder"))
    await writeFile(join(place.folder, "plain.sh"), "#!/bin/sh\n")
    await chmod(join(place.folder, "plain.sh"), 0o644)
    const result = await run(argv)
    expect(result).toMatchObject({ ok: false, output: [] })
    expect(result).not.toHaveProperty("exitStatus")
    if (typeof words === "string") expect(result.said).toBe(words)
    else expect(result.said).toMatch(words)
  })

  test("no such folder", async () => {
    expect((await run(["true"], { cwd: "/no/such" })).said).toBe('the folder "/no/such" does not exist')
  })
})
