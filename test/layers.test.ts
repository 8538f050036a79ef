import { readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { expect, test } from "vitest"

const ROOT = join(import.meta.dirname, "..")

/** Each folder, and the folders that it may import from. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  "src/model": [],
  "src/disk": [],
  "src/cluster": ["src/model"],
  "src/import": ["src/model", "src/cluster"],
  "src/plan": ["src/model"],
  "src/rpc": ["src/model"],
  "src/packages": ["src/model", "src/disk"],
  "src/journal": ["src/model", "src/disk", "src/plan"],
  "src/run": ["src/model", "src/plan"],
  "src/probe": ["src/model"],
  "src/report": ["src/model", "src/plan"],
  "src/agent": ["src/rpc", "src/cluster", "src/model", "src/packages", "src/probe", "src/disk"],
  "src/cli": ["cluster", "disk", "journal", "model", "packages", "plan", "probe", "report", "rpc", "run"].map(
    name => `src/${name}`,
  ),
}

test.each(Object.entries(LAYERS))("%s imports from nothing but itself and %j", (layer, allowed) => {
  const strange = importsOf(layer).filter(
    ({ to }) => to.startsWith("src/") && ![layer, ...allowed].includes(to),
  )
  expect(strange).toEqual([])
})

test("every folder of src has its place", () => {
  expect(
    readdirSync(join(ROOT, "src"))
      .map(name => `src/${name}`)
      .sort(),
  ).toEqual(Object.keys(LAYERS).sort())
})

test("commands import from src only", () => {
  expect(importsOf("commands").filter(({ to }) => !/^(src\/|commands$|@oclif\/|node:)/.test(to))).toEqual([])
})

test("nothing but src/rpc imports xmlrpc", () => {
  const users = ["src", "commands"].flatMap(importsOf).filter(({ to }) => /^xmlrpc(\/|$)/.test(to))
  expect([...new Set(users.map(({ from }) => from.split("/").slice(0, 2).join("/")))]).toEqual(["src/rpc"])
})

// By name, `import { z }`, the bundle would hold all of it: the messages in forty languages are a fifth of what each start reads.
test("zod is imported as a whole, of which the bundle leaves out what nobody uses", () => {
  const users = ["src", "commands"].flatMap(importsOf).filter(({ to }) => to === "zod")
  expect(users.filter(({ text }) => !text.startsWith("import * as z "))).toEqual([])
})

test("a cluster file without variables is read without liquidjs", () => {
  expect(loadedWith("src/cluster/load.ts")).toContain("yaml")
  expect(loadedWith("src/cluster/load.ts")).not.toContain("liquidjs")
})

/** A file, and all files and packages that are loaded with it. */
function loadedWith(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found
  found.add(file)
  if (!file.startsWith("src/")) return found
  const text = readFileSync(join(ROOT, file), "utf8")
  for (const [, from = ""] of text.matchAll(/^(?:import|export) (?!type\b)[^";]*?from "([^"]+)"/gm))
    loadedWith(from.startsWith(".") ? join(file, "..", from).replace(/\.js$/, ".ts") : from, found)
  return found
}

/** What the files of a folder import: a package's name, or the folder of ours. */
function importsOf(
  folder: string,
): readonly { readonly from: string; readonly to: string; readonly text: string }[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter(name => name.endsWith(".ts"))
    .flatMap(name => {
      const text = readFileSync(join(ROOT, folder, name), "utf8")
      const found = text.matchAll(/^(?:import|export|\}) .*?from "([^"]+)"|import\("([^"]+)"\)/gm)
      return [...found].map(match => ({
        from: join(folder, name),
        to: target(join(ROOT, folder, name), match[1] ?? match[2] ?? ""),
        text: match[0],
      }))
    })
}

function target(file: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier
  const [top = "", layer = ""] = relative(ROOT, join(file, "..", specifier)).split("/")
  return top === "src" ? `src/${layer}` : top
}
