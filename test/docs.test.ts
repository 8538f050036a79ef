import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect, test } from "vitest"
import { parse } from "yaml"
import { loadCluster } from "../src/cluster/load.js"

const ROOT = join(import.meta.dirname, "..")
const PAGES = ["README.md", ...readdirSync(join(ROOT, "docs")).map(name => `docs/${name}`)]

test.each(PAGES)("the links of %s lead to a file, and to a heading in it", page => {
  const links = [...textOf(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)]
  const wrong = links.filter(([, file = "", heading]) => {
    const path = file === "" ? page : join(dirname(page), file)
    const text = attempt(() => readFileSync(join(ROOT, path), "utf8"))
    return text === undefined || (heading !== undefined && !anchorsOf(text).includes(heading))
  })
  expect(wrong.map(([link]) => link)).toEqual([])
})

test.each(PAGES)("the examples of %s are in order", async page => {
  const folder = mkdtempSync(join(tmpdir(), "minos-docs-"))
  try {
    const examples = examplesOf(textOf(page))
    // What an example names beside it.
    const all = { ".minos-root": "", "log.xml.liquid": "", "tool.sh": "", ...Object.fromEntries(examples) }
    for (const [name, text] of Object.entries(all)) put(join(folder, name), text)
    for (const [name, text] of examples) {
      if (/^cluster:/m.test(text)) await check(join(folder, name))
      // One with a name is a base, which the example that extends it checks.
      else if (name.startsWith("example-")) {
        put(join(folder, "whole.yaml"), wholeOf(name, text))
        await check(join(folder, "whole.yaml"))
      }
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

function textOf(page: string): string {
  return readFileSync(join(ROOT, page), "utf8")
}

/** Anchors as GitHub makes them. */
function anchorsOf(text: string): readonly string[] {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => title)
  return headings.map(title =>
    title
      .toLowerCase()
      .replace(/[^a-z0-9 _-]/g, "")
      .replaceAll(" ", "-"),
  )
}

/** The YAML of a page by file name, which may stand in a comment on its first line. */
function examplesOf(text: string): readonly (readonly [string, string])[] {
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = ""], n) => {
    return [/^# (\S+\.yaml)$/m.exec(yaml.split("\n", 1)[0] ?? "")?.[1] ?? `example-${n}.yaml`, yaml]
  })
}

const TOP = ["vars", "agent", "rollout", "regions", "jobs", "production", "service", "package"]

/** A cluster around an example that is a part of one, of its top or of a job. */
function wholeOf(name: string, text: string): string {
  const isTop = Object.keys(parse(text) as object).every(key => TOP.includes(key))
  const job = { hosts: ["*"], basePort: 7000, ports: { client: 0, peer: 1, election: 2 } }
  const own = isTop ? {} : { whole: { ...job, ...(parse(text) as object) } }
  return JSON.stringify({
    ...(isTop && { extends: name }),
    service: "whole",
    cluster: "whole",
    package: { name: "whole", version: "1", file: "whole.tar.gz" },
    vars: { heap: "1g", jvm: { gc: "-XX:+UseG1GC" } },
    regions: {
      beijing: { hosts: { "bj-[1-3]": "10.0.0.[1-3]" } },
      frankfurt: { hosts: { fra: "10.0.1.1" } },
    },
    jobs: { other: { hosts: ["*"], program: "other" }, ...own },
  })
}

async function check(file: string): Promise<void> {
  await loadCluster({ file, env: { MINOS_PASSWORD: "secret", RELAY_PASSWORD: "secret" }, cwd: dirname(file) })
}

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
