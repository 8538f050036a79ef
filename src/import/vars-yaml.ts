import type { Pair } from "yaml"
import { ARGUMENTS } from "./arguments.js"
import { defaultOf } from "./cluster-section.js"
import { plain } from "./file-values.js"
import { commonArguments } from "./job-vars.js"
import { hasCommand, type SourceFile } from "./source-file.js"
import { block, flow, pair } from "./yaml-nodes.js"

/** `vars` of the cluster: keys of [cluster], what texts need besides, and the words that all commands share. */
export function varsOf(file: SourceFile): Pair[] {
  const { named, draft, base } = file
  const vars = new Map<string, unknown>()
  for (const [key, value] of Object.entries(named.vars)) vars.set(key, value)
  // A base does not know which clusters it is about, so it asks these.
  if (base !== undefined) {
    for (const [service, name] of Object.entries(named.clusters)) {
      if (service !== named.service) vars.set(service, name)
    }
  } else {
    for (const key of draft.vars) {
      const value = defaultOf(key)
      if (value !== undefined && !vars.has(key)) vars.set(key, value)
      if (key === "remote_user") vars.set(key, "work")
    }
  }
  if (hasCommand(file)) {
    const common = commonArguments(file)
    for (const kind of ARGUMENTS) vars.set(kind, common[kind] ?? {})
  } else for (const [kind, words] of Object.entries(commonArguments(file))) vars.set(kind, words)
  return [...vars].map(([key, value]) => pair(key, wordsNode(value)))
}

/** A value of `vars`: a text, or words by what they set. */
export function wordsNode(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return plain(String(value))
  const words = Object.entries(value).map(([key, word]) => pair(key, word))
  return words.length === 0 ? flow([]) : block(words)
}
