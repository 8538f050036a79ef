import type { Pair } from "yaml"
import { type Entry, findEntry, type Section } from "./configobj.js"
import { type Draft, textOf } from "./draft.js"
import { formatOf, valuesOf } from "./file-values.js"
import { pathFrom } from "./paths.js"
import type { Scope } from "./scope.js"
import { block, flow, lines, pair } from "./yaml-nodes.js"
import { serverValues, zookeeperEntries } from "./zookeeper.js"

export interface FilesOf {
  readonly scope: Scope
  /** How many tasks a ZooKeeper cluster has, where this file knows. */
  readonly servers: number
  /** The path of the file that is converted, and of Minos' configuration. */
  readonly path: string
  readonly configDir: string
}

/** The files of the tasks, from the section [configuration]. */
export function filesOf(
  section: Section,
  { scope, servers, path, configDir }: FilesOf,
  draft: Draft,
): Pair[] {
  const sources = section.entries
    .filter(entry => entry.key !== "base")
    .map(entry => {
      const source = pathFrom(path, textOf(entry), configDir)
      if (/[%$]\{/.test(source)) noteVariable(entry, draft)
      return pair(entry.key, flow([pair("source", source)]), entry)
    })
  const generated = section.sections.flatMap(file => generatedFile(file, scope, servers, draft))
  return [...sources, ...generated]
}

function noteVariable({ key, place }: Entry, draft: Draft): void {
  draft.note(place, {
    code: "NO_COUNTERPART",
    message: `${key}: the path of a source cannot hold variables`,
    hint: "Write the path, in each cluster's own file where it differs.",
  })
}

/** The names of all files in [configuration]. */
export function fileNames(section: Section | undefined): ReadonlySet<string> {
  if (section === undefined) return new Set()
  return new Set([...section.entries.map(entry => entry.key), ...section.sections.map(file => file.name)])
}

function generatedFile(file: Section, scope: Scope, servers: number, draft: Draft): Pair[] {
  for (const inner of file.sections) {
    draft.note(inner.place, {
      code: "UNKNOWN",
      message: `[[[${inner.name}]]]: Minos knew no sections inside a file`,
      hint: "Put its keys into the file.",
    })
  }
  if (/^jaas.*\.conf$/.test(file.name)) return jaasFile(file, scope, draft)
  const format = formatOf(file.name)
  const zoo = format === "zoo.cfg"
  const values = [
    ...valuesOf(zoo ? zookeeperEntries(file, draft) : file.entries, format, scope, draft),
    ...(zoo ? serverValues(servers) : []),
  ]
  if (values.length === 0) return []
  if (format === "properties" && !file.name.endsWith(".properties")) {
    draft.note(file.place, {
      code: "LOOK",
      message: `how ${file.name} is written stood in Minos' code`,
      hint: "Here it is key=value. Give another format, or a template, if the program reads something else.",
    })
  }
  const content = [pair("format", format), pair("values", block(values))]
  return [pair(file.name, block(content), { before: file.before })]
}

// A JAAS file is no list of keys, so it is written out. Minos gave the client's to its own tools only.
function jaasFile(file: Section, scope: Scope, draft: Draft): Pair[] {
  if (file.entries.length === 0) return []
  if (file.name === "jaas-client.conf") {
    draft.note(file.place, {
      code: "NO_COUNTERPART",
      message: "jaas-client.conf went to the tools on the operator's machine, not to the hosts",
      hint: "Keep it where these tools are.",
    })
    return []
  }
  const server = file.name === "jaas-server.conf"
  const text = (entry: Entry) => draft.text(textOf(entry), scope, entry.place)
  const head = findEntry(file, "headerLine") ?? file.entries[0]
  const options = file.entries
    .filter(entry => entry !== head)
    .map(entry => `  ${entry.key}=${quoted(text(entry))}`)
  const content = [`${server ? "Server" : "Client"} {`, `  ${head === undefined ? "" : text(head)}`]
  return [
    pair(
      server ? "jaas.conf" : file.name,
      block([pair("text", lines(`${[...content, ...options].join("\n")};\n};\n`))]),
    ),
  ]
}

function quoted(value: string): string {
  return value === "true" || value === "false" || value.includes('"') ? value : `"${value}"`
}
