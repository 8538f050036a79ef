// Lints, checks types and runs the tests. The real supervisord (Debian package `supervisor`) is installed when it is missing
// and this may be done; otherwise the tests that need it are left out, by name, and with CI=true that is a failure.
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const bin = name => join(root, "node_modules", ".bin", name)
const wanted = ["/usr/bin/supervisord", "/usr/bin/supervisorctl"]

step("lint", bin("biome"), ["check", "--error-on-warnings", "."])
step("types", bin("tsc"), ["--noEmit", "-p", "tsconfig.json"])
const leftOut = haveSupervisord() ? [] : needSupervisord()
if (leftOut.length > 0) {
  console.error(
    `minos: supervisord is not installed, so these tests are left out: ${leftOut.join(", ")}. ` +
      "Get it with: apt-get install supervisor",
  )
  if (process.env.CI === "true") process.exit(1)
}
step("tests", bin("vitest"), [
  "run",
  ...leftOut.flatMap(file => ["--exclude", file]),
  ...process.argv.slice(2),
])

function step(name, command, args) {
  console.error(`minos: ${name}`)
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
  if (error) console.error(`minos: ${command} could not be started: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

function haveSupervisord() {
  const there = () => wanted.every(path => existsSync(path))
  if (there()) return true
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).status !== 0) return false
  console.error("minos: installing supervisor (apt-get)")
  const apt = args =>
    spawnSync("apt-get", ["-qq", "-y", ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: ["ignore", "ignore", "inherit"],
    })
  apt(["update"])
  apt(["install", "--no-install-recommends", "supervisor"])
  return there()
}

/** The test files that use it: they import the support for it, or name supervisorctl. */
function needSupervisord() {
  const folder = join(root, "test")
  return readdirSync(folder, { recursive: true })
    .filter(name => name.endsWith(".test.ts"))
    .map(name => join(folder, name))
    .filter(path =>
      /support\/(supervisord|agent-fleet)\.js|usr\/bin\/supervisorctl/.test(readFileSync(path, "utf8")),
    )
    .map(path => relative(root, path))
    .sort()
}
