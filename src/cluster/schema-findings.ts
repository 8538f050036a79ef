import * as z from "zod"
import { printable } from "../model/visible.js"
import type { Finding, Located, Path } from "./located.js"
import { pathText, valueAt } from "./located.js"
import { didYouMean } from "./nearest.js"
import { clusterSchema } from "./schema.js"
import { isUnquotable } from "./secret-places.js"

/** What zod found, in words for people: what was expected, what is there, and what to write instead. */
export function schemaFindings(issues: readonly z.core.$ZodIssue[], data: unknown, root: Located): Finding[] {
  const findings = issues.flatMap(flatten).flatMap(issue => toFindings(issue, data, root))
  const seen = new Set<string>()
  return findings.filter(finding => {
    if (finding.code === "MISSING_KEY" && isMistyped(finding, findings)) return false
    // One value may fail several checks of one schema; its first problem says it all.
    const id = JSON.stringify([finding.code === "MISSING_KEY" && finding.message, finding.on, finding.path])
    return !seen.has(id) && seen.add(id)
  })
}

// "adress" is unknown and "address" is missing: that is one mistake.
function isMistyped(missing: Finding, findings: readonly Finding[]): boolean {
  const parent = pathText(missing.path)
  return findings.some(({ code, path, hint }) => {
    const sibling = code === "UNKNOWN_KEY" && pathText(path.slice(0, -1)) === parent
    return (
      sibling &&
      hint !== undefined &&
      missing.message.includes(`key ${hint.slice("Did you mean ".length, -1)} is`)
    )
  })
}

/** Of a union's forms, the issues of the one that fits the kind of value, which is the one that was meant. */
export function meantIssues(issue: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  return issue.errors.find(
    issues =>
      !issues.some(i => i.path.length === 0 && (i.code === "invalid_type" || i.code === "invalid_value")),
  )
}

// A union reports a list of issues for each of its forms.
function flatten(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue]
  const meant = meantIssues(issue)
  return meant === undefined
    ? [issue]
    : meant.flatMap(inner => flatten({ ...inner, path: [...issue.path, ...inner.path] }))
}

function toFindings(issue: z.core.$ZodIssue, data: unknown, root: Located): Finding[] {
  const path = issue.path as Path
  if (issue.code === "unrecognized_keys") return issue.keys.map(key => unknownKey(path, key))
  const value = at(data, path)
  if (value === undefined) return [missingKey(path, issue.message)]
  const code = issue.code === "invalid_type" || issue.code === "invalid_union" ? "WRONG_TYPE" : "BAD_VALUE"
  const located = valueAt(root, path)
  const source = located?.kind === "scalar" ? located.source : ""
  const secret = isUnquotable(path)
  const got = secret ? describeKind(value) : describe(value)
  return [
    {
      code,
      path,
      message: `${pathText(path) || "the file"}: expected ${issue.message}, got ${got}`,
      hint: secret ? secretFix(value) : fix(path, value, source),
    },
  ]
}

// Says nothing of the value: it may be a password.
function secretFix(value: unknown): string | undefined {
  if (value === null) return 'Write "" for an empty value.'
  return typeof value === "number" || typeof value === "boolean" ? "Put the value in quotes." : undefined
}

function unknownKey(path: Path, key: string): Finding {
  const known = keysOf(schemaAt(path))
  const place = path.length === 0 ? "" : ` in ${pathText(path)}`
  const message = `unknown key "${printable(key)}"${place}`
  const hint = didYouMean(key, known) ?? elsewhere(key, path) ?? `Known keys: ${known.join(", ")}.`
  return { code: "UNKNOWN_KEY", path: [...path, key], on: "key", message, hint }
}

// A key that exists, but one level up or down: `port` directly under a host, `interval` inside `http`.
function elsewhere(key: string, path: Path): string | undefined {
  if (path[0] === "jobs" && path[2] === "rollout" && keysOf(schemaAt(["rollout"])).includes(key)) {
    return "It is for the whole cluster: it belongs into rollout at the top."
  }
  const step = path.length > 3 && typeof path.at(-2) === "number"
  if (step && keysOf(schemaAt(path.slice(0, -1))).includes(key)) {
    return `It belongs beside ${path.at(-1)}, not into it.`
  }
  const inAgent = keysOf(schemaAt(["agent"])).includes(key)
  const hasAgent = keysOf(schemaAt(path)).includes("agent")
  return inAgent && hasAgent ? `It belongs under agent: {${key}: ...}.` : undefined
}

function missingKey(path: Path, expected: string): Finding {
  const parent = path.slice(0, -1)
  const place = parent.length === 0 ? "" : `${pathText(parent)}: `
  const message = `${place}the key "${path.at(-1)}" is missing: expected ${expected}`
  return { code: "MISSING_KEY", path: parent, on: "key", message }
}

// Tries what people mean most often; a fix that the schema itself accepts is the one to offer.
function fix(path: Path, value: unknown, source: string): string | undefined {
  const schema = schemaAt(path)
  const fits = (other: unknown) => schema?.safeParse(other).success === true
  if (value === null) {
    return schema instanceof z.ZodOptional ? "Give it a value, or remove the key." : undefined
  }
  if (typeof value === "number" || typeof value === "boolean") {
    for (const digits of [source, source.replace(/^0o/, "0")]) {
      if (fits(digits)) return `Quote it: "${printable(digits)}"`
    }
    if (fits(`${source}s`)) return `Write ${source}s for seconds.`
  }
  if (typeof value === "string") {
    const trimmed = value.trim()
    if (trimmed !== "" && fits(Number(trimmed))) return `Write ${Number(trimmed)}, without quotes.`
    if (/^(yes|on|true)$/i.test(trimmed) && fits(true)) return "Write true."
    if (/^(no|off|false)$/i.test(trimmed) && fits(false)) return "Write false."
    for (const other of REWRITES.map(rewrite => rewrite(trimmed))) {
      if (other !== value && fits(other)) return `Write ${printable(other)}`
    }
    const choices = optionsOf(schema)
    if (choices.length > 0) return didYouMean(value, choices)
  }
  if (Array.isArray(value) && schema !== undefined && unwrap(schema) instanceof z.ZodRecord) {
    return 'Write "name: ..." lines, without "- " in front.'
  }
  if (!Array.isArray(value) && fits([value])) return `Write a list: [${JSON.stringify(value)}]`
  return undefined
}

const REWRITES: readonly ((text: string) => string)[] = [
  text => text,
  text => (text.startsWith("/") ? text.replaceAll(" ", "%20") : text),
  text => text.toLowerCase(),
  text => text.toUpperCase(),
  text => text.toUpperCase().replace(/^SIG/, ""),
  text => text.toLowerCase().replace(/[\s_]+/g, "-"),
  text => text.replace(/\s/g, ""),
  text => (text === "" ? text : `/${text}`),
  text => text.replace(/^(\d+)\s*([smh])(ec|econd|in|inute|our)s?$/, "$1$2"),
]

function describe(value: unknown): string {
  if (typeof value === "string" && value !== "") return `"${printable(value)}"`
  if (typeof value === "number") return `the number ${value}`
  if (typeof value === "boolean") return String(value)
  return describeKind(value)
}

function describeKind(value: unknown): string {
  if (value === null) return "nothing"
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list"
  if (typeof value === "object") return Object.keys(value).length === 0 ? "an empty map" : "a map"
  if (typeof value === "string") return value === "" ? "an empty string" : "a string"
  return `a ${typeof value}`
}

function at(data: unknown, path: Path): unknown {
  let value = data
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}

/** The schema of the value at a path, as far as maps and lists lead there. */
export function schemaAt(path: Path): z.ZodType | undefined {
  let schema: z.ZodType | undefined = clusterSchema
  for (const step of path) schema = schema && stepInto(schema, step)
  return schema
}

/** The keys that the map at a path may have; none where any may stand. */
export function schemaKeys(path: Path): readonly string[] {
  return keysOf(schemaAt(path))
}

function stepInto(schema: z.ZodType, step: string | number): z.ZodType | undefined {
  const inner = unwrap(schema, typeof step === "number" ? [z.ZodArray] : [z.ZodObject, z.ZodRecord])
  if (inner instanceof z.ZodObject) {
    return Object.hasOwn(inner.shape, step) ? (inner.shape[step] as z.ZodType) : undefined
  }
  if (inner instanceof z.ZodRecord) return inner.valueType as z.ZodType
  if (inner instanceof z.ZodArray) return inner.element as z.ZodType
  return undefined
}

type Form = typeof z.ZodObject | typeof z.ZodRecord | typeof z.ZodArray

// Optional wrappers are taken off; of a union, the form that a path can lead into.
function unwrap(schema: z.ZodType, forms: readonly Form[] = [z.ZodObject]): z.ZodType {
  if (schema instanceof z.ZodOptional) return unwrap(schema.unwrap() as z.ZodType, forms)
  if (schema instanceof z.ZodUnion) {
    const options = schema.options as z.ZodType[]
    return options.find(option => forms.some(form => option instanceof form)) ?? schema
  }
  return schema
}

/** The keys that a map of this schema can have. */
export function keysOf(schema: z.ZodType | undefined): string[] {
  const inner = schema && unwrap(schema)
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : []
}

function optionsOf(schema: z.ZodType | undefined): string[] {
  const inner = schema && unwrap(schema)
  return inner instanceof z.ZodEnum ? inner.options.map(String) : []
}
