// Compiles TypeScript into dist/, from nothing, so that no file of a deleted source stays behind.
import { spawnSync } from "node:child_process"
import { rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const tsc = join(root, "node_modules", ".bin", "tsc")

rmSync(join(root, "dist"), { recursive: true, force: true })
const { status } = spawnSync(tsc, ["-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
})
process.exit(status ?? 1)
