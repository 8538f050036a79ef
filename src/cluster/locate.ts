import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from "yaml"
import { printable } from "../model/visible.js"
import type { Located, SourceFile } from "./located.js"
import type { Problem, ProblemCode } from "./problem.js"
import { MAX_DEPTH } from "./tokens.js"

/** Aliases in one file. */
const MAX_ALIASES = 100
/** Values that all aliases of a file may stand for together: nine levels of nine are a thousand million. */
const MAX_ALIASED_VALUES = 10_000

/** JavaScript gives these keys a meaning of their own in any object. */
export const RESERVED_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"])

type MakeProblem = (code: ProblemCode, offset: number, message: string, hint?: string) => Problem

/** The document as a tree with places, aliases followed; what no cluster file may hold becomes a problem. */
export function locate(
  document: Document.Parsed,
  from: SourceFile,
  problem: MakeProblem,
): { readonly root: Located; readonly problems: readonly Problem[] } {
  const walker = new Walker(from, problem)
  const root = walker.node(document.contents as Node | null, 0, {})
  return { root, problems: walker.problems }
}

interface Where {
  readonly keyOffset?: number
}

interface CollectionPlace extends Where {
  readonly from: SourceFile
  readonly offset: number
}

// A class because the walk carries six counters and tables through every step.
class Walker {
  readonly problems: Problem[] = []
  readonly #from: SourceFile
  readonly #problem: MakeProblem
  readonly #anchors = new Map<string, Node>()
  readonly #open = new Set<Node>()
  #aliases = 0
  #aliasedValues = 0
  #following = 0

  constructor(from: SourceFile, problem: MakeProblem) {
    this.#from = from
    this.#problem = problem
  }

  node(node: Node | null, depth: number, where: Where): Located {
    const offset = node?.range?.[0] ?? where.keyOffset ?? 0
    const from = this.#from
    const refused: Located = { kind: "scalar", value: null, source: "", from, offset, ...where }
    if (node === null) return refused
    if (isAlias(node)) return this.#follow(node.source, offset, depth, where) ?? refused
    if (this.#following > 0 && ++this.#aliasedValues > MAX_ALIASED_VALUES) return refused
    if (depth > MAX_DEPTH)
      return this.#refuse(refused, "YAML_DEPTH", `nested deeper than ${MAX_DEPTH} levels`)
    if (node.tag !== undefined) {
      const message = `the tag ${printable(shortTag(node.tag))} is not allowed`
      return this.#refuse(refused, "YAML_TAG", message, "Remove it; a value that is text goes in quotes.")
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node)
    if (isScalar(node)) {
      const source = typeof node.source === "string" ? node.source : String(node.value)
      const value = isPlain(node.value) ? node.value : source
      // A value that is not there has no place of its own, so its key stands for it.
      const place = value === null && source === "" ? (where.keyOffset ?? offset) : offset
      return { kind: "scalar", value, source, from, offset: place, ...where }
    }
    this.#open.add(node)
    const collection = isMap(node)
      ? this.#map(node, depth, { from, offset, ...where })
      : this.#list(node as YAMLSeq, depth, { from, offset, ...where })
    this.#open.delete(node)
    return collection
  }

  #map(node: YAMLMap, depth: number, place: CollectionPlace): Located {
    const entries = new Map<string, Located>()
    const keyOffsets = new Map<string, number>()
    for (const pair of node.items) {
      const keyNode = pair.key as Node | null
      const keyOffset = keyNode?.range?.[0] ?? place.offset
      const key = this.#key(keyNode, keyOffset)
      const value = this.node(pair.value as Node | null, depth + 1, { keyOffset })
      if (key === undefined) continue
      const first = keyOffsets.get(key)
      if (first !== undefined) this.#duplicate(key, keyOffset, first)
      else {
        entries.set(key, value)
        keyOffsets.set(key, keyOffset)
      }
    }
    return { kind: "map", entries, ...place }
  }

  #list(node: YAMLSeq, depth: number, place: CollectionPlace): Located {
    const items = isSeq(node) ? node.items.map(item => this.node(item as Node | null, depth + 1, {})) : []
    return { kind: "list", items, ...place }
  }

  // The key as written, so that `01:` and `1.10:` stay what they are; undefined when it cannot be a key.
  #key(node: Node | null, offset: number): string | undefined {
    const report = (code: ProblemCode, message: string, hint: string) => {
      this.problems.push(this.#problem(code, offset, message, hint))
      return undefined
    }
    if (!isScalar(node)) return report("YAML_KEY", "a key must be plain text", 'Write "name: value".')
    if (node.tag !== undefined) {
      return report("YAML_TAG", `the tag ${printable(shortTag(node.tag))} is not allowed`, "Remove it.")
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node as Node)
    const key = typeof node.value === "string" ? node.value : (node.source ?? "")
    if (key === "" && node.value === null)
      return report("YAML_KEY", "a key is missing before the colon", 'Write "name: value".')
    if (key === "<<") {
      return report("YAML_KEY", 'the merge key "<<" is not supported', "Write the keys out.")
    }
    if (RESERVED_KEYS.has(key)) {
      return report("RESERVED_KEY", `"${key}" cannot be used as a key`, "Choose another name.")
    }
    return key
  }

  #duplicate(key: string, offset: number, firstOffset: number): void {
    const first = this.#problem("DUPLICATE_KEY", firstOffset, "")
    const message = `the key "${printable(key)}" is here twice, first at ${first.line}:${first.col}`
    this.problems.push(this.#problem("DUPLICATE_KEY", offset, message, "Remove or rename one of them."))
  }

  #follow(name: string, offset: number, depth: number, where: Where): Located | undefined {
    const report = (message: string, hint: string) => {
      this.problems.push(this.#problem("YAML_ALIAS", offset, message, hint))
      return undefined
    }
    const target = this.#anchors.get(name)
    if (target === undefined) {
      const hint = `For a pattern, put it in quotes: "*${printable(name)}".`
      return report(`*${printable(name)} refers to an anchor that is not defined above it`, hint)
    }
    if (this.#open.has(target)) {
      return report(`*${printable(name)} refers to what it is itself a part of`, "Write the value out.")
    }
    this.#aliases++
    if (this.#aliases === MAX_ALIASES + 1) report(`more than ${MAX_ALIASES} aliases`, "Write the values out.")
    if (this.#aliases > MAX_ALIASES || this.#aliasedValues > MAX_ALIASED_VALUES) return undefined
    this.#following++
    const value = this.node(target, depth, where)
    this.#following--
    if (this.#following === 0 && this.#aliasedValues > MAX_ALIASED_VALUES) {
      return report(`the aliases stand for more than ${MAX_ALIASED_VALUES} values`, "Write the values out.")
    }
    return value
  }

  #refuse(instead: Located, code: ProblemCode, message: string, hint?: string): Located {
    this.problems.push(this.#problem(code, instead.offset, message, hint))
    return instead
  }
}

function isPlain(value: unknown): value is string | number | boolean | null {
  return (
    value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean"
  )
}

function shortTag(tag: string): string {
  return tag.startsWith("tag:yaml.org,2002:") ? `!!${tag.slice("tag:yaml.org,2002:".length)}` : tag
}
