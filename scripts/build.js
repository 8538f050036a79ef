// Compiles TypeScript into dist/, from nothing, so that no file of a deleted source stays behind; aside first, so that a
// build that fails, or that runs beside a command, leaves a dist/ that works.
import { spawnSync } from "node:child_process"
import { renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const aside = join(root, `dist.${process.pid}`)

const tsc = join(root, "node_modules", ".bin", "tsc")
const args = ["-p", "tsconfig.build.json", "--outDir", aside]
const { status } = spawnSync(tsc, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
if (status !== 0) {
  rmSync(aside, { recursive: true, force: true })
  process.exit(status ?? 1)
}
rmSync(join(root, "dist"), { recursive: true, force: true })
renameSync(aside, join(root, "dist"))
await writeManifest()

// What the commands are, in one file: without it each start of `minos` loads all of them to find one, a third of its time.
async function writeManifest() {
  const { Plugin } = await import("@oclif/core")
  const plugin = new Plugin({ root, ignoreManifest: true })
  await plugin.load()
  const file = join(root, "oclif.manifest.json")
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(plugin.manifest))
  renameSync(`${file}.${process.pid}`, file)
}
