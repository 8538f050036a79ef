import { readdirSync } from "node:fs"
import { cp, readFile, rm, truncate, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { execa } from "execa"
import { expect, test } from "vitest"
import { inFolder, PROJECT } from "../support/minos.js"

const CLUSTER = join(PROJECT, "fixtures/clusters/good/smallest.yaml")
const BUNDLE = "dist/bundle/minos.js"
const KEPT = `${BUNDLE}.${process.version}-${process.arch}`

test("what npm packs works where nothing else is installed", async () => {
  const files = await packed()
  expect(files).toEqual(
    expect.arrayContaining(["bin/run.js", BUNDLE, "dist/bundle/NOTICES", "oclif.manifest.json"]),
  )
  expect(files.filter(file => /^(src|test|scripts|dist\/src|dist\/commands)\//.test(file))).toEqual([])
  const { dependencies } = JSON.parse(await readFile(join(PROJECT, "package.json"), "utf8"))
  expect(dependencies).toBeUndefined()

  await inFolder(async root => {
    for (const file of files) await cp(join(PROJECT, file), join(root, file))
    const minos = async (args: readonly string[], env = {}) => {
      const { exitCode, stdout, stderr } = await execa(
        process.execPath,
        [join(root, "bin", "run.js"), ...args],
        {
          cwd: root,
          env: { MINOS_STATE_DIR: root, NO_COLOR: "1", ...env },
          reject: false,
          stdin: "ignore",
        },
      )
      return { exitCode, text: stdout + stderr }
    }
    const right = { exitCode: 0, text: expect.stringContaining("in order. a/b") }

    expect(await minos(["--version"])).toMatchObject({ exitCode: 0, text: expect.stringMatching(/^minos\//) })
    expect(await minos(["check", CLUSTER])).toEqual(right)
    expect(await minos(["stats"])).toMatchObject({
      exitCode: 2,
      text: expect.stringContaining("minos status"),
    })

    // A bug names its sources by what lies here, although the code that V8 made was made elsewhere.
    await writeFile(join(root, "bug.cjs"), "process.cwd = () => { throw new TypeError() }")
    const bug = () => minos(["check", CLUSTER], { NODE_OPTIONS: `--require ${join(root, "bug.cjs")}` })
    expect(await bug()).toMatchObject({ exitCode: 1, text: expect.stringContaining("(commands/check.ts:") })
    await rm(join(root, `${BUNDLE}.map`))
    expect(await bug()).toMatchObject({ exitCode: 1, text: expect.stringContaining(`(${BUNDLE}:`) })

    // The code that V8 made is missing, spoiled or of another bundle: it is made again, once.
    const makesAgain = async () => {
      expect(await minos(["check", CLUSTER])).toEqual(right)
      const made = await readFile(join(root, KEPT))
      expect(made.length).toBeGreaterThan(10_000)
      expect(made.subarray(-65)).toEqual((await readFile(join(root, BUNDLE))).subarray(-65))
      expect(await minos(["check", CLUSTER])).toEqual(right)
      expect((await readFile(join(root, KEPT))).equals(made)).toBe(true)
    }
    await rm(join(root, KEPT), { force: true })
    await makesAgain()
    await truncate(join(root, KEPT), 10_000)
    await makesAgain()
    await writeFile(join(root, KEPT), "no code")
    await makesAgain()
    // V8 itself would take the code of a bundle of the same length.
    const kept = await readFile(join(root, KEPT))
    await writeFile(join(root, KEPT), kept.fill("0", kept.length - 65, kept.length - 1))
    await makesAgain()
    expect(readdirSync(dirname(join(root, KEPT))).filter(name => /\.\d+$/.test(name))).toEqual([])
  })
})

async function packed(): Promise<readonly string[]> {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"]
  const { stdout } = await execa("npm", args, { cwd: PROJECT })
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  return files.map(({ path }) => path)
}
