import { Document } from "yaml"
import { readCluster } from "./cluster-section.js"
import { findEntry, findSection, type Section } from "./configobj.js"
import { startDraft } from "./draft.js"
import { headOf } from "./head-yaml.js"
import { readJobs } from "./jobs.js"
import { jobsOf } from "./jobs-yaml.js"
import type { Note } from "./note.js"
import { configDirOf } from "./paths.js"
import { factsOf } from "./services.js"
import type { SourceFile } from "./source-file.js"
import { block, commentText } from "./yaml-nodes.js"

export interface ConvertOptions {
  /** The file, as an absolute path. */
  readonly path: string
  /** Where the result is going to be, if not beside it; absolute. */
  readonly target?: string
  /** The region that all hosts go to; Minos had none. */
  readonly region: string
  /** The service, where the file's name does not say it. */
  readonly service?: string
  /** The jobs, for a base file, which names none. */
  readonly jobs?: readonly string[]
  /** The folder of Minos' configuration, where it is not the one above `conf/`. */
  readonly configDir?: string
}

export interface Conversion {
  readonly yaml: string
  readonly notes: readonly Note[]
}

const MODELINE = "yaml-language-server: $schema=./minos.schema.json"

/** A cluster file of Minos as one of ours, and what it could not carry over. */
export function convert(root: Section, options: ConvertOptions): Conversion {
  const draft = startDraft()
  const named = readCluster(root, options.path, options.service, draft)
  const facts = factsOf(named.service)
  const jobs = readJobs(root, options.jobs, facts, draft)
  const file: SourceFile = {
    root,
    named,
    facts,
    jobs,
    draft,
    path: options.path,
    target: options.target ?? options.path,
    region: options.region,
    configDir: options.configDir ?? configDirOf(options.path),
    base: findEntry(findSection(root, "configuration"), "base"),
  }
  // Before the head, because what they need stands there.
  const jobPairs = jobsOf(file)
  const document = new Document(block([...headOf(file), ...jobPairs]))
  document.commentBefore = [` ${MODELINE}`, ...root.before.map(commentText)].join("\n")
  const yaml = document.toString({ lineWidth: 0, flowCollectionPadding: false })
  return { yaml: foldCommands(yaml), notes: draft.notes() }
}

// Several lines that are one line in the end, which the library writes with empty lines between them.
function foldCommands(yaml: string): string {
  return yaml.replace(/^( +command: )\|-$(?=\n +java -cp )/gm, "$1>-")
}
