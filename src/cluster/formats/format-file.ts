import type { Piece, Text } from "../../model/text.js"
import { writeEnv } from "./env.js"
import { writeHadoopXml } from "./hadoop-xml.js"
import { writeIni } from "./ini.js"
import { writeJson } from "./json.js"
import { joined } from "./leaf.js"
import { writeProperties } from "./properties.js"
import type { FormatFinding, Note, ValueTree } from "./values.js"
import { writeYaml } from "./yaml.js"
import { writeZooCfg } from "./zoo-cfg.js"

interface Format {
  /** One line for people. */
  readonly help: string
  readonly write: (values: ValueTree, note: Note) => readonly Piece[]
}

/** The formats that values can be written in; a new one is a new row and a file. */
export const FORMATS = {
  "hadoop-xml": {
    help: "Hadoop's <configuration>, keys of nested maps joined by a dot",
    write: writeHadoopXml,
  },
  properties: { help: "java.util.Properties, keys of nested maps joined by a dot", write: writeProperties },
  yaml: { help: "YAML in blocks, for readers of 1.1 and 1.2", write: writeYaml },
  json: { help: "JSON with two spaces a level", write: writeJson },
  ini: { help: "key = value lines, each map a [section]", write: writeIni },
  env: { help: "NAME='value' lines, for a shell and for systemd's EnvironmentFile=", write: writeEnv },
  "zoo.cfg": { help: "ZooKeeper's zoo.cfg, server: {1: ...} as server.1=...", write: writeZooCfg },
} as const satisfies Readonly<Record<string, Format>>

export type FormatName = keyof typeof FORMATS

export const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[]

export type Formatted =
  | { readonly kind: "text"; readonly text: Text }
  /** In the order of the values, at least one. */
  | { readonly kind: "wrong"; readonly findings: readonly FormatFinding[] }

/**
 * The values as a file of this format, which ends with one line break; or all that the format cannot hold. The same values give the same
 * text. No secret is revealed that is not known: what such a one turns out not to fit into throws SECRET_VALUE when it is revealed.
 */
export function formatFile(format: FormatName, values: ValueTree): Formatted {
  const findings: FormatFinding[] = []
  const pieces = FORMATS[format].write(values, (path, message, hint) => {
    findings.push({ path, message, ...(hint !== undefined && { hint }) })
  })
  if (findings.length > 0) return { kind: "wrong", findings }
  return { kind: "text", text: pieces.length === 0 ? "\n" : joined(pieces) }
}
