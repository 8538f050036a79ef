import { fault } from "../../rpc/method.js"
import type { Child } from "./child.js"

/** The programs that the backend knows. */
export interface Children {
  /** Sorted by name. */
  all(): readonly Child[]
  /** In the order in which they are started and stopped when all are. */
  byPriority(): readonly Child[]
  get(name: string): Child | undefined
}

/** The process called `name` or `name:name`; a group's name (`name:*`) is none. Throws BAD_NAME. */
export function oneChild(children: Children, name: string): Child {
  const { group, process } = splitName(name)
  const child = process === group ? children.get(group) : undefined
  if (child === undefined) throw fault("BAD_NAME", name)
  return child
}

/** The members of the group; each group has one, of its own name. Throws BAD_NAME. */
export function groupOf(children: Children, group: string): readonly Child[] {
  const child = children.get(group)
  if (child === undefined) throw fault("BAD_NAME", group)
  return [child]
}

/** The group's name when a whole group is meant: `group:*` or `group:`. */
export function wholeGroup(name: string): string | undefined {
  const { group, process } = splitName(name)
  return process === undefined ? group : undefined
}

function splitName(name: string): { readonly group: string; readonly process: string | undefined } {
  const colon = name.indexOf(":")
  if (colon < 0) return { group: name, process: name }
  const process = name.slice(colon + 1)
  return { group: name.slice(0, colon), process: process === "" || process === "*" ? undefined : process }
}
