// Makes dist/, from nothing, so that no file of a deleted source stays behind; aside first, so that a build that fails, or that
// runs beside a command, leaves a dist/ that works. In it TypeScript file by file, for the scripts, and in dist/bundle what
// bin/run.js runs.
import { spawnSync } from "node:child_process"
import { renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { bundle } from "./bundle.js"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const aside = join(root, `dist.${process.pid}`)

const NOBODY = `
service: nobody
cluster: here
regions: {local: {hosts: {web-01: {address: 127.0.0.1, agent: {port: 1}}}}}
jobs: {web: {hosts: ["*"], program: web}}
`

try {
  compile()
  await bundle(root, join(aside, "bundle"))
} catch (error) {
  rmSync(aside, { recursive: true, force: true })
  console.error(error.message)
  process.exit(1)
}
rmSync(join(root, "dist"), { recursive: true, force: true })
renameSync(aside, join(root, "dist"))
await writeManifest()
keepCode()

function compile() {
  const tsc = join(root, "node_modules", ".bin", "tsc")
  const args = ["-p", "tsconfig.build.json", "--outDir", aside]
  const { status } = spawnSync(tsc, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
  if (status !== 0) throw new Error("minos: the types are wrong")
}

// What the commands are, in one file: without it each start of `minos` loads all of them to find one.
async function writeManifest() {
  const { Plugin } = await import("@oclif/core")
  const plugin = new Plugin({ root, ignoreManifest: true, errorOnManifestCreate: true })
  await plugin.load()
  const file = join(root, "oclif.manifest.json")
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(plugin.manifest))
  renameSync(`${file}.${process.pid}`, file)
}

// The first run keeps the code that V8 makes (bin/load.js): one that does most of what all commands do, and finds nobody at home.
function keepCode() {
  const file = join(root, "dist", "bundle", "nobody.yaml")
  writeFileSync(file, NOBODY)
  const args = [join(root, "bin", "run.js"), "status", "-f", file]
  spawnSync(process.execPath, args, { env: { ...process.env, MINOS_STATE_DIR: join(root, "dist") } })
  rmSync(file)
}
