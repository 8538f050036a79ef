import { Pair, Scalar, YAMLMap, YAMLSeq } from "yaml"
import { oneLine } from "../model/visible.js"

/** Comment lines above a key, and one behind its value. */
export interface Comments {
  readonly before?: readonly string[]
  readonly comment?: string
}

/** A key with its value: plain data as YAML writes it in blocks, or a node made by one of these functions. */
export function pair(key: string, value: unknown, { before = [], comment }: Comments = {}): Pair {
  const name = new Scalar(key)
  const node = nodeOf(value)
  const behind = comment !== undefined && node instanceof Scalar
  if (behind) node.comment = commentText(comment)
  const above = comment === undefined || behind ? before : [...before, comment]
  if (above.length > 0) name.commentBefore = above.map(commentText).join("\n")
  return new Pair(name, node)
}

export function block(pairs: readonly Pair[]): YAMLMap {
  const map = new YAMLMap()
  map.items = [...pairs]
  return map
}

/** A map on one line. */
export function flow(pairs: readonly Pair[]): YAMLMap {
  const map = block(pairs)
  map.flow = true
  return map
}

/** A list, on one line as long as it is short. */
export function list(items: readonly unknown[]): YAMLSeq {
  const seq = new YAMLSeq()
  seq.items = items.map(nodeOf)
  seq.flow = items.join(", ").length < 90
  return seq
}

/** Text over several lines as it stands, `|`. */
export function lines(text: string): Scalar {
  const scalar = new Scalar(text)
  scalar.type = Scalar.BLOCK_LITERAL
  return scalar
}

function nodeOf(value: unknown): unknown {
  if (value === null || typeof value !== "object") return new Scalar(value)
  if (value instanceof Scalar || value instanceof YAMLMap || value instanceof YAMLSeq || "source" in value) {
    return value
  }
  if (Array.isArray(value)) return list(value)
  return block(Object.entries(value).map(([key, one]) => pair(key, one)))
}

/** A line of a comment; what must not stand in a file of ours is written as an escape. */
export function commentText(text: string): string {
  return text === "" ? "" : ` ${oneLine(text)}`
}
