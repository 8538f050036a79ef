import { execFile } from "node:child_process"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import fc from "fast-check"
import { expect, test } from "vitest"
import { execScript, type StartScript, startScript } from "../../src/agent/start-script.js"
import { temporaryFolder } from "./support.js"

// Prints its folder, its arguments and its environment, byte for byte.
const SHOW = "process.stdout.write(JSON.stringify([process.cwd(), process.argv.slice(1), process.env]))"

/** What a program started by the script sees; the script is read by the real /bin/sh. */
async function started(folder: string, script: Omit<StartScript, "directory">, directory = folder) {
  const file = join(folder, "start")
  const argv = [process.execPath, "-e", SHOW, "--", ...script.argv]
  await writeFile(file, startScript({ ...script, argv, directory }))
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
