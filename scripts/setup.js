// Makes a fresh clone ready: installs the packages of package-lock.json where they are missing or other ones, and builds.
// Plain JavaScript without imports from npm, because it runs before anything is installed.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const stamp = join(root, "node_modules", ".minos-installed")

if (Number(process.versions.node.split(".")[0]) < 20) {
  console.error(`minos needs Node 20 or newer; this is ${process.version}`)
  process.exit(2)
}

const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .update(`${process.platform} ${process.arch}`)
  .digest("hex")
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  console.error("minos: installing packages (npm ci)")
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"])
  writeFileSync(stamp, wanted)
}
run(process.execPath, [join(root, "scripts", "build.js")])

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
  if (error) console.error(`minos: ${command} could not be started: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}
