import { execFile, spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import fc from "fast-check"
import { describe, expect, onTestFinished, test } from "vitest"
import { parseStat, readRecorded } from "../../src/agent/process-identity.js"
import { execScript, type StartScript, startScript } from "../../src/agent/start-script.js"
import { ended, isAlive, launch } from "../support/processes.js"
import { withSmallDisk } from "../support/small-disk.js"
import { until } from "../support/until.js"
import { temporaryFolder } from "./support.js"

// Prints its folder, its arguments and its environment, byte for byte.
const SHOW = "process.stdout.write(JSON.stringify([process.cwd(), process.argv.slice(1), process.env]))"

/** What a program started by the script sees; the script is read by the real /bin/sh. */
async function started(
  folder: string,
  script: Omit<StartScript, "directory" | "record">,
  directory = folder,
) {
  const file = join(folder, "start")
  const argv = [process.execPath, "-e", SHOW, "--", ...script.argv]
  await writeFile(file, startScript({ ...script, argv, directory, record: join(folder, "process") }))
  const { stdout } = await promisify(execFile)("/bin/sh", [file], { env: {}, maxBuffer: 2 ** 24 })
  const [cwd, args, env] = JSON.parse(stdout) as [string, string[], Record<string, string>]
  return { cwd, args, env }
}

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  // What a shell, a configuration file or a template would read something into.
  fc
    .array(
      fc.constantFrom(
        "'",
        '"',
        "\n",
        "\r",
        "\\",
        "$HOME",
        "`id`",
        "$(id)",
        "%",
        "%(here)s",
        " ",
        "é",
        "🙂",
        "-",
        "~",
        "*",
        "!",
        ";",
        "#",
        "&&",
        "=",
        "\u001b",
      ),
      { maxLength: 12 },
    )
    .map(parts => parts.join("")),
)
const whole = text.map(value => Buffer.from(value.replaceAll("\0", "")).toString())

test("any arguments and values reach the program byte for byte", async () => {
  const folder = await temporaryFolder()
  await fc.assert(
    fc.asyncProperty(
      fc.array(whole, { maxLength: 5 }),
      fc.array(whole, { maxLength: 5 }),
      async (argv, values) => {
        const env = Object.fromEntries(values.map((value, n) => [`MINOS_TEST_${n}`, value]))
        const seen = await started(folder, { argv, env })
        expect(seen.args).toEqual(argv)
        expect(seen.env).toMatchObject(env)
      },
    ),
    { numRuns: 40 },
  )
})

test("a script for commands becomes what its arguments say, in the same place", async () => {
  const folder = await temporaryFolder()
  const file = join(folder, "exec")
  await fc.assert(
    fc.asyncProperty(fc.array(whole, { maxLength: 5 }), whole, async (argv, value) => {
      await writeFile(file, execScript({ env: { MINOS_TEST: value }, directory: folder }))
      const command = [file, process.execPath, "-e", SHOW, "--", ...argv]
      const { stdout } = await promisify(execFile)("/bin/sh", command, { env: {} })
      const [cwd, args, env] = JSON.parse(stdout) as [string, string[], Record<string, string>]
      expect([cwd, args, env.MINOS_TEST]).toEqual([folder, argv, value])
    }),
    { numRuns: 20 },
  )
})

test("100 KB in one value and in one argument are no limit", async () => {
  const long = "'\n$x`%é".repeat(12_800)
  const seen = await started(await temporaryFolder(), { argv: [long], env: { LONG: long } })
  expect(seen.args).toEqual([long])
  expect(seen.env.LONG).toBe(long)
})

test.each(["a b", "it's", "$HOME", "%(here)s", "-n", "é", "a\nb"])("the folder %j is gone to", async name => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, name))
  expect((await started(folder, { argv: [], env: {} }, join(folder, name))).cwd).toBe(join(folder, name))
})

test.each(["PATH", "PWD", "OLDPWD", "HOME", "IFS", "ENV", "PS1", "CDPATH", "constructor"])(
  "the variable %s, which a shell uses too, is what the release says",
  async name => {
    const env = { [name]: "its own value" }
    expect((await started(await temporaryFolder(), { argv: ["x"], env })).env[name]).toBe("its own value")
  },
)

test("a folder that is gone ends the start with 127 and a word about it", async () => {
  const folder = await temporaryFolder()
  await expect(started(folder, { argv: [], env: {} }, join(folder, "gone"))).rejects.toMatchObject({
    code: 127,
    stderr: expect.stringContaining("gone"),
  })
})

const SHELLS = ["dash", "bash"].filter(shell => spawnSync(shell, ["-c", ":"]).status === 0)
const hasProc = existsSync("/proc/self/stat")

describe.each(SHELLS)("what runs before the program, by %s", shell => {
  /** Runs a script whose program says its pid, with this before it. */
  async function begin(first: string, stopsignal = "TERM") {
    const folder = await temporaryFolder()
    const file = join(folder, "start")
    const argv = ["sh", "-c", 'echo "program $$ $WHO${minos_first+left}"']
    const preStart = { argv: ["sh", "-c", first], stopsignal }
    const record = join(folder, "process")
    await writeFile(file, startScript({ argv, preStart, env: { WHO: "it's" }, directory: folder, record }))
    const child = launch(shell, shell === "bash" ? ["--posix", file] : [file], {
      stdio: ["ignore", "pipe", "pipe"],
    })
    onTestFinished(async () => {
      child.kill("SIGKILL")
      await ended(child)
    })
    let out = ""
    child.stdout!.on("data", part => (out += part))
    return { child, out: () => out }
  }

  test("ends before it begins, with the same environment", async () => {
    const { child, out } = await begin('echo "first $WHO"')
    await ended(child)
    expect(out()).toBe(`first it's\nprogram ${child.pid} it's\n`)
  })

  test.each([
    ["exit 7", 7],
    ["kill -9 $$", 137],
  ])("keeps the program from starting when it fails: %s", async (first, status) => {
    const { child, out } = await begin(first)
    await ended(child)
    expect([child.exitCode, out()]).toEqual([status, ""])
  })

  test.each(["TERM", "INT", "QUIT", "USR1"])("ends with the script, by SIG%s", async signal => {
    const { child, out } = await begin("echo $$; exec sleep 1000", signal)
    await until("it has begun", () => out() !== "")
    child.kill(`SIG${signal}` as NodeJS.Signals)
    await ended(child)
    // bash does not end by QUIT.
    if (signal !== "QUIT") expect(child.signalCode).toBe(`SIG${signal}`)
    expect([child.exitCode === 0, out(), isAlive(Number(out()))]).toEqual([
      false,
      expect.stringMatching(/^\d+\n$/),
      false,
    ])
  })
})

describe.each(SHELLS)("one process of a task at a time, by %s", shell => {
  /** Runs the script of a program that says its pid and stays. */
  async function begin(record: string) {
    const file = join(await temporaryFolder(), "start")
    const argv = ["sh", "-c", "echo $$; exec sleep 1000"]
    await writeFile(file, startScript({ argv, env: { RUN: "yes" }, directory: "/", record }))
    // As bash is when it is called sh.
    const child = launch(shell, shell === "bash" ? ["--posix", file] : [file], {
      stdio: ["ignore", "pipe", "pipe"],
    })
    onTestFinished(async () => {
      child.kill("SIGKILL")
      await ended(child)
    })
    let [out, err] = ["", ""]
    child.stdout!.on("data", part => (out += part))
    child.stderr!.on("data", part => (err += part))
    await until("it runs or has ended", () => out !== "" || child.exitCode !== null)
    return { child, pid: child.pid!, out: () => out, err: () => err }
  }

  test.skipIf(!hasProc)("it records itself, and a second one ends with 75 and says who runs", async () => {
    const record = join(await temporaryFolder(), "process")
    const first = await begin(record)
    expect(first.err()).toBe("")
    expect(first.out()).toBe(`${first.pid}\n`)
    expect(await readRecorded(record)).toMatchObject({ pid: first.pid })
    const second = await begin(record)
    expect([second.child.exitCode, second.out(), second.err()]).toEqual([
      75,
      "",
      `minos: ORPHAN pid ${first.pid} of this task still runs; it was started before its supervisor ended\n`,
    ])
    first.child.kill("SIGKILL")
    await ended(first.child)
    const third = await begin(record)
    expect(third.child.exitCode).toBe(null)
    expect(await readRecorded(record)).toMatchObject({ pid: third.pid })
  })

  test.skipIf(!hasProc)("one that has ended and was not collected does not count", async () => {
    const record = join(await temporaryFolder(), "process")
    // Its parent never waits for it.
    const parent = launch("python3", ["-c", ZOMBIE], { stdio: ["ignore", "pipe", "ignore"] })
    onTestFinished(async () => {
      parent.kill("SIGKILL")
      await ended(parent)
    })
    let said = ""
    parent.stdout!.on("data", part => {
      said += part
    })
    const zombie = await until("it is a zombie", async () => {
      const pid = /^(\d+)\n/.exec(said)?.[1]
      const stat = pid === undefined ? "" : await readFile(`/proc/${pid}/stat`, "utf8")
      return / Z /.test(stat) ? stat : ""
    })
    await writeFile(record, recordOf(zombie))
    expect((await begin(record)).child.exitCode).toBe(null)
  })

  test.skipIf(!hasProc)("a name with spaces, line breaks and parentheses misleads nobody", async () => {
    const record = join(await temporaryFolder(), "process")
    const other = launch("python3", ["-c", RENAMED], { stdio: ["ignore", "pipe", "ignore"] })
    onTestFinished(async () => {
      other.kill("SIGKILL")
      await ended(other)
    })
    await new Promise(resolve => other.stdout!.once("data", resolve))
    const stat = await readFile(`/proc/${other.pid}/stat`, "utf8")
    expect(stat).toContain(") Z (\n1 2")
    await writeFile(record, recordOf(stat))
    expect(await readRecorded(record)).toMatchObject({ pid: other.pid })
    expect((await begin(record)).child.exitCode).toBe(75)
  })

  test.skipIf(!hasProc).each([
    ["of another start", (pid: number, start: number, boot: string) => `${pid} ${start - 1} ${boot}\n`],
    [
      "of another boot",
      (pid: number, start: number) => `${pid} ${start} 00000000-0000-0000-0000-000000000000\n`,
    ],
    ["cut short", (pid: number) => `${pid} `],
    ["empty", () => ""],
    ["of nonsense", () => "../../etc/passwd x y\n\n"],
    ["of a pid with a path", (_: number, start: number, boot: string) => `1/../self ${start} ${boot}\n`],
  ])("a record %s keeps nothing from starting", async (_, text) => {
    const record = join(await temporaryFolder(), "process")
    const self = parseStat(await readFile("/proc/self/stat", "utf8"))!
    const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim()
    await writeFile(record, text(self.pid, self.started, boot))
    const { child, err } = await begin(record)
    expect([child.exitCode, err()]).toEqual([null, ""])
    expect(await readRecorded(record)).toMatchObject({ pid: child.pid })
  })

  test.each(["/nonexistent/process", "/proc/version", "/"])(
    "a record that cannot be written, %s, is none",
    async record => {
      const { child, err } = await begin(record)
      expect([child.exitCode, err()]).toEqual([null, ""])
    },
  )

  test("a full disk keeps nothing from starting", context =>
    withSmallDisk(context, "64k", async folder => {
      await writeFile(join(folder, "fill"), Buffer.alloc(1024 * 1024)).catch(() => {})
      const { child, err } = await begin(join(folder, "process"))
      expect([child.exitCode, err()]).toEqual([null, ""])
    }))

  test("the program sees nothing of it", async () => {
    const folder = await temporaryFolder()
    const file = join(folder, "start")
    const argv = ["env"]
    await writeFile(
      file,
      startScript({ argv, env: { A: "b" }, directory: "/", record: join(folder, "process") }),
    )
    const { stdout } = await promisify(execFile)(shell, [file], {
      env: { PATH: process.env.PATH, minos_pid: "1" },
    })
    expect(stdout).not.toMatch(/minos_/)
    expect(stdout).toContain("A=b\n")
  })
})

const ZOMBIE =
  "import os,sys,time\np=os.fork()\nif p==0: os._exit(0)\nprint(p,flush=True)\ntime.sleep(1000)\n"
// prctl(PR_SET_NAME)
const RENAMED =
  "import ctypes,time\nctypes.CDLL(None).prctl(15,b') Z (\\n1 2 3 )',0,0,0)\nprint(1,flush=True)\ntime.sleep(1000)\n"

/** What the start script of the process would have written. */
function recordOf(stat: string): string {
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8")
  const after = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return `${Number.parseInt(stat, 10)} ${after[19]} ${boot}`
}
