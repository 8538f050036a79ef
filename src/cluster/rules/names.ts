import { hasRange } from "../../model/ranges.js"
import { printable } from "../../model/visible.js"
import { isTemplate } from "../is-template.js"
import { type Finding, keysAt, type Path } from "../located.js"
import type { RuleInput } from "../rules.js"

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/
const HOST = /^[a-z0-9][a-z0-9.-]{0,252}$/
const LABEL = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/
const PORT = /^[a-z][a-zA-Z0-9]*$/
const CLUSTER = /^[a-z0-9][a-z0-9-]{0,62}\/[a-z0-9][a-z0-9-]{0,62}$/
const ENV = /^[A-Za-z_][A-Za-z0-9_]*$/

const LOWER = "lower-case letters, digits and -, a letter or digit first, at most 63 characters"

export function regionNames({ root }: RuleInput): Finding[] {
  return keyNames(root, ["regions"], "a region's name", NAME, LOWER)
}

export function jobNames({ root }: RuleInput): Finding[] {
  const withVariables = keysAt(root, ["jobs"])
    .filter(isTemplate)
    .map((name): Finding => {
      const message = `"${printable(name)}" cannot be a job's name: it holds variables`
      return { code: "BAD_NAME", path: ["jobs", name], on: "key", message, hint: "Write the name out." }
    })
  return withVariables.concat(keyNames(root, ["jobs"], "a job's name", NAME, LOWER))
}

export function envNames({ root }: RuleInput): Finding[] {
  const words = "letters, digits and _, no digit first"
  return keysAt(root, ["jobs"]).flatMap(job =>
    keyNames(root, ["jobs", job, "env"], "an environment variable's name", ENV, words),
  )
}

export function portNames({ root }: RuleInput): Finding[] {
  const words = "letters and digits, a lower-case letter first"
  return keysAt(root, ["jobs"]).flatMap(job =>
    keyNames(root, ["jobs", job, "ports"], "a port's name", PORT, words),
  )
}

export function clusterNames({ root }: RuleInput): Finding[] {
  const words = "service/cluster, such as zookeeper/main"
  return keyNames(root, ["clusters"], "the name of another cluster", CLUSTER, words)
}

export function labelNames({ root }: RuleInput): Finding[] {
  const words = "letters, digits and . _ / -, at most 63 characters"
  return eachHost(root, path => keyNames(root, [...path, "labels"], "a label's name", LABEL, words))
}

export function hostNames({ root }: RuleInput): Finding[] {
  const words = "lower-case letters, digits, - and ., a letter or digit first"
  return eachHost(root, path => {
    const key = String(path.at(-1))
    // Each range stands for its first number; what is wrong with the range itself another rule says.
    const name = key.replace(/\[(\d{1,15})[^[\]]*\]/g, "$1")
    return hasRange(name) || HOST.test(name) ? [] : [badName(path, key, "a host's name", HOST, words)]
  })
}

function eachHost(root: RuleInput["root"], find: (path: Path) => Finding[]): Finding[] {
  return keysAt(root, ["regions"]).flatMap(region => {
    const hosts = ["regions", region, "hosts"]
    return keysAt(root, hosts).flatMap(host => find([...hosts, host]))
  })
}

function keyNames(
  root: RuleInput["root"],
  at: Path,
  what: string,
  pattern: RegExp,
  words: string,
): Finding[] {
  return keysAt(root, at)
    .filter(key => !pattern.test(key) && !isTemplate(key))
    .map(key => badName([...at, key], key, what, pattern, words))
}

function badName(path: Path, name: string, what: string, pattern: RegExp, words: string): Finding {
  const message = `"${printable(name)}" cannot be ${what}: use ${words}`
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "")
  const close =
    pattern === ENV
      ? plain.replace(/[^A-Za-z0-9]+/g, "_")
      : plain
          .toLowerCase()
          .replace(/[^a-z0-9]+/g, "-")
          .replace(/^-|-$/g, "")
  const hint = !hasRange(name) && pattern.test(close) ? `For example "${close}".` : undefined
  return { code: "BAD_NAME", path, on: "key", message, hint }
}
