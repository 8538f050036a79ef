// Compiles TypeScript into dist/, from nothing, so that no file of a deleted source stays behind; aside first, so that a
// build that fails, or that runs beside a command, leaves a dist/ that works.
import { spawnSync } from "node:child_process"
import { renameSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const aside = join(root, `dist.${process.pid}`)

const tsc = join(root, "node_modules", ".bin", "tsc")
const args = ["-p", "tsconfig.build.json", "--outDir", aside]
const { status } = spawnSync(tsc, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
if (status === 0) {
  rmSync(join(root, "dist"), { recursive: true, force: true })
  renameSync(aside, join(root, "dist"))
} else rmSync(aside, { recursive: true, force: true })
process.exit(status ?? 1)
