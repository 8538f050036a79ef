// Lints, checks types and runs the tests. What they need beside Node is installed when it is missing and this may be done;
// otherwise the tests that need it are left out, by name, and with CI=true that is a failure.
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const bin = name => join(root, "node_modules", ".bin", name)

/** A row: the files that show that it is there, the Debian packages that bring it, and what a test file says that uses it. */
const NEEDS = [
  {
    name: "supervisord",
    files: ["/usr/bin/supervisord", "/usr/bin/supervisorctl"],
    packages: ["supervisor"],
    users: /support\/(supervisord|agent-fleet|zookeeper-fleet)\.js|usr\/bin\/supervisorctl/,
  },
  {
    name: "redis",
    files: ["/usr/bin/redis-server"],
    packages: ["redis-server"],
    users: /usr\/bin\/redis-server/,
  },
  {
    // Not the package `zookeeper`: it only adds a system service, and a Java with a desktop.
    name: "ZooKeeper",
    files: ["/usr/share/java/zookeeper.jar", "/usr/bin/java"],
    packages: ["libzookeeper-java", "default-jre-headless"],
    users: /\/zookeeper[\w-]*\.(js|jar)"/,
  },
]

step("lint", bin("biome"), ["check", "--error-on-warnings", "."])
step("types", bin("tsc"), ["--noEmit", "-p", "tsconfig.json"])
install(missing())
const leftOut = missing().map(need => ({ ...need, tests: testsWith(need.users) }))
// Said at the very end, where it is read.
process.on("exit", () => leftOut.forEach(sayLeftOut))
if (leftOut.length > 0 && process.env.CI === "true") process.exit(1)
step("tests", bin("vitest"), [
  "run",
  ...leftOut.flatMap(({ tests }) => tests.flatMap(file => ["--exclude", file])),
  ...process.argv.slice(2),
])

function step(name, command, args) {
  console.error(`minos: ${name}`)
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
  if (error) console.error(`minos: ${command} could not be started: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

function missing() {
  return NEEDS.filter(need => !need.files.every(path => existsSync(path)))
}

/** One after the other, so that one that cannot be had takes no other with it. */
function install(needs) {
  if (needs.length === 0 || process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).status !== 0)
    return
  const apt = args =>
    spawnSync("apt-get", ["-qq", "-y", ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: ["ignore", "ignore", "inherit"],
    })
  apt(["update"])
  for (const { name, packages } of needs) {
    console.error(`minos: installing ${name} (apt-get install ${packages.join(" ")})`)
    apt(["install", "--no-install-recommends", ...packages])
  }
}

/** The test files that say it. */
function testsWith(users) {
  const folder = join(root, "test")
  return readdirSync(folder, { recursive: true })
    .filter(name => name.endsWith(".test.ts"))
    .map(name => join(folder, name))
    .filter(path => users.test(readFileSync(path, "utf8")))
    .map(path => relative(root, path))
    .sort()
}

function sayLeftOut({ name, packages, tests }) {
  console.error(
    `minos: ${name} is not installed, so these tests are left out: ${tests.join(", ")}. ` +
      `Get it with: apt-get install --no-install-recommends ${packages.join(" ")}`,
  )
}
