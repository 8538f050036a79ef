import { readFileSync, statSync } from "node:fs"
import { resolve } from "node:path"
import type { Cluster } from "../model/cluster.js"
import { Secret } from "../model/secret.js"
import { secretsIn, type Text } from "../model/text.js"
import { printable } from "../model/visible.js"
import type { Finding, Located, Path } from "./located.js"
import { eachScalar, pathText } from "./located.js"
import { didYouMean } from "./nearest.js"
import { parseReferences, type TextPart } from "./references.js"
import { isEnvValue, mayRefer } from "./secret-places.js"

/** Looks up what `${env:NAME}` and `${file:PATH}` stand for. */
export type Lookup = (reference: Reference) => Found

export interface Reference {
  readonly scheme: "env" | "file"
  readonly name: string
}

export type Found =
  | { readonly kind: "value"; readonly value: string }
  | { readonly kind: "missing"; readonly message: string; readonly hint?: string | undefined }

/** A lookup in the environment and in files relative to `folder`, each file read once. */
export function secretLookup(env: Readonly<Record<string, string | undefined>>, folder: string): Lookup {
  const files = new Map<string, Found>()
  return ({ scheme, name }) => {
    if (scheme === "env") return fromEnv(env, name)
    const found = files.get(name) ?? fromFile(resolve(folder, name), name)
    files.set(name, found)
    return found
  }
}

/** All references that are mistyped, stand where none may, or lead to nothing. */
export function secretFindings(root: Located, lookup: Lookup): Finding[] {
  const findings: Finding[] = []
  eachScalar(root, ({ value }, path) => {
    if (typeof value !== "string") return
    const parts = parseReferences(value)
    const finding = firstOf(parts, part => checkPart(part, path, lookup)) ?? checkWhole(parts, path, lookup)
    if (finding !== undefined) findings.push(finding)
  })
  return findings
}

/** The text behind references; call it only once `secretFindings` found nothing. */
export function resolveText(text: string, lookup: Lookup): string {
  return parseReferences(text)
    .map(part => partText(part, lookup))
    .join("")
}

/** The text with each reference as a Secret of its own. */
export function resolveValue(text: string, lookup: Lookup): Text {
  const parts = parseReferences(text)
  if (parts.every(part => part.kind !== "reference")) return resolveText(text, lookup)
  return parts.map(part =>
    part.kind === "reference"
      ? new Secret(`${part.scheme}:${part.name}`, partText(part, lookup))
      : partText(part, lookup),
  )
}

/** Always a Secret: a password written into the file is one too. */
export function resolveSecret(text: string, lookup: Lookup): Secret {
  return makeSecret(text, lookup)
}

/** Every secret value of the cluster, longest first, for whoever keeps secrets out of text. */
export function secretValues(cluster: Cluster): string[] {
  const values = new Set<string>()
  const add = (secret: Secret) => {
    for (const value of [secret.reveal(), ...(partsOf.get(secret) ?? [])]) if (value !== "") values.add(value)
  }
  for (const { endpoint } of cluster.regions.flatMap(region => region.hosts)) {
    if (endpoint.credentials !== undefined) add(endpoint.credentials.password)
  }
  for (const job of cluster.jobs) {
    if (job.kind !== "deployed") continue
    for (const value of Object.values(job.process.env)) secretsIn(value).forEach(add)
  }
  return [...values].sort((a, b) => b.length - a.length)
}

// `postgres://app:${env:PW}@db` is secret as a whole, and so is PW when it shows up alone.
const partsOf = new WeakMap<Secret, readonly string[]>()

function makeSecret(text: string, lookup: Lookup): Secret {
  const references = parseReferences(text).filter(part => part.kind === "reference")
  const name = references.map(({ scheme, name }) => `${scheme}:${name}`).join(", ")
  const secret = new Secret(name || "the cluster file", resolveText(text, lookup))
  partsOf.set(
    secret,
    references.map(part => partText(part, lookup)),
  )
  return secret
}

function partText(part: TextPart, lookup: Lookup): string {
  if (part.kind === "literal") return part.text
  const found = part.kind === "reference" ? lookup(part) : undefined
  if (found?.kind !== "value") throw new Error("a secret is used that was not checked before")
  return found.value
}

function checkPart(part: TextPart, path: Path, lookup: Lookup): Finding | undefined {
  const place = pathText(path)
  if (part.kind === "literal") return undefined
  if (part.kind === "bad") {
    return { code: "SECRET_SYNTAX", path, message: `${place}: ${part.message}`, hint: part.hint }
  }
  if (!mayRefer(path)) {
    const shown = printable(`\${${part.scheme}:${part.name}}`)
    const message = `${place}: ${shown} cannot stand here`
    const hint = "Secrets are taken in agent.user, agent.password and the env of a job only."
    return { code: "SECRET_NOT_ALLOWED", path, message, hint }
  }
  const found = lookup(part)
  if (found.kind === "value") return undefined
  return { code: "SECRET_MISSING", path, message: `${place}: ${found.message}`, hint: found.hint }
}

// A password with a line break fails on every host with nothing but "unauthorized"; here the reason is known.
function checkWhole(parts: readonly TextPart[], path: Path, lookup: Lookup): Finding | undefined {
  if (parts.every(part => part.kind === "literal")) return undefined
  const text = parts.map(part => partText(part, lookup)).join("")
  if (path.at(-1) === "user" && text.includes(":")) {
    return {
      code: "BAD_VALUE",
      path,
      message: `${pathText(path)}: the user name that it refers to holds a colon`,
    }
  }
  const bad = isEnvValue(path) ? /\0/ : /[\x00-\x1f\x7f]/
  if (!bad.test(text)) return undefined
  const message = `${pathText(path)}: what it refers to holds a line break or another control character`
  return {
    code: "CONTROL_CHARACTER",
    path,
    message,
    hint: "One line break at the end of a file is taken off, no more.",
  }
}

function firstOf<T, U>(items: readonly T[], find: (item: T) => U | undefined): U | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

function fromEnv(env: Readonly<Record<string, string | undefined>>, name: string): Found {
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  const shown = printable(name)
  if (value === undefined) {
    const hint = didYouMean(name, Object.keys(env)) ?? `Set it before you run minos: export ${shown}=...`
    return { kind: "missing", message: `the environment variable ${shown} is not set`, hint }
  }
  if (value === "") return { kind: "missing", message: `the environment variable ${shown} is empty` }
  return { kind: "value", value }
}

// A secret is a line; what is larger was named by mistake.
const MAX_SECRET_BYTES = 1024 * 1024

function fromFile(path: string, name: string): Found {
  const missing = (what: string, hint?: string): Found => {
    return { kind: "missing", message: `the secret file ${printable(name)} ${what}`, hint }
  }
  try {
    const stat = statSync(path)
    if (!stat.isFile()) return missing("is not a file")
    if (stat.size > MAX_SECRET_BYTES) return missing("is larger than 1 MiB")
    const value = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path)).replace(/\r?\n$/, "")
    return value === "" ? missing("is empty") : { kind: "value", value }
  } catch (error) {
    if (error instanceof TypeError) return missing("is not UTF-8 text")
    const code = (error as NodeJS.ErrnoException).code
    if (code === "ENOENT" || code === "ENOTDIR") {
      return missing("does not exist", "Its path starts from the folder of the cluster file.")
    }
    return missing(`cannot be read (${code ?? "unknown error"})`)
  }
}
