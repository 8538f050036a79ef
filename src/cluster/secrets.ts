import type { Cluster } from "../model/cluster.js"
import { Secret } from "../model/secret.js"
import { secretsIn, type Text } from "../model/text.js"
import { printable } from "../model/visible.js"
import { isTemplate } from "./is-template.js"
import type { Finding, Located, Path } from "./located.js"
import { eachScalar, pathText } from "./located.js"
import { parseReferences, referenceName, type TextPart } from "./references.js"
import { commandError, type Lookup, type Reference } from "./secret-lookup.js"
import { isAgentUser, isEnvValue, isFileContent, isVars, mayRefer, referenceMode } from "./secret-places.js"

/**
 * All references that are mistyped, stand where none may, or lead to nothing; no command is run. Texts with variables are passed
 * over, and so is what variables are made of: both are looked at when the variables are put in.
 */
export function secretFindings(root: Located, lookup: Lookup): Finding[] {
  const findings: Finding[] = []
  eachScalar(root, ({ value }, path) => {
    if (typeof value !== "string" || isTemplate(value) || isVars(path)) return
    findings.push(...referenceFindings(value, lookup, path))
  })
  return findings
}

/** What is wrong with the references of one text at a path, one finding at most; what a path holds decides how they are read. */
export function referenceFindings(text: string, lookup: Lookup, path: Path): Finding[] {
  const parts = parseReferences(text, referenceMode(path))
  const finding = firstOf(parts, part => checkPart(part, path, lookup)) ?? checkWhole(parts, path, lookup)
  return finding === undefined ? [] : [finding]
}

/**
 * The text with each reference as a Secret of its own, plain when there is none; call it only once `referenceFindings` found nothing.
 * The path is where the text stands in the cluster file, or for what was made of a template, where the template is named.
 */
export function resolveValue(text: string, lookup: Lookup, path: Path): Text {
  const parts = parseReferences(text, referenceMode(path))
  const pieces = parts.map(part => (part.kind === "reference" ? secretOf(part, lookup, path) : literal(part)))
  return pieces.every(piece => typeof piece === "string") ? pieces.join("") : pieces
}

/** Always a Secret: a password written into the file is one too. What commands in it print is checked when it is revealed. */
export function resolveSecret(text: string, lookup: Lookup, path: Path): Secret {
  const references = parseReferences(text, referenceMode(path)).filter(part => part.kind === "reference")
  const found = resolveValue(text, lookup, path)
  const name = references.map(referenceName).join(", ") || "the cluster file"
  const parts = secretsIn(found)
  const whole = () =>
    typeof found === "string"
      ? found
      : found.map(piece => (piece instanceof Secret ? piece.reveal() : piece)).join("")
  if (parts.every(part => part.known() !== undefined)) return withParts(new Secret(name, whole()), parts)
  const checked = () => {
    const value = whole()
    const wrong = wrongWith(value, path)
    const command = references.map(part => lookup(part, path)).find(of => of.kind === "later")
    if (wrong === undefined || command === undefined) return value
    throw commandError(command.site, `${pathText(path)}: ${wrong.message}`, wrong.hint)
  }
  return withParts(new Secret(name, checked), parts)
}

/**
 * Hands on every secret value of the cluster as soon as it is known, for whoever keeps secrets out of text: at once, or, where it comes
 * from a command, when it is revealed. Runs no command.
 */
export function watchSecrets(cluster: Cluster, tell: (value: string) => void): void {
  const seen = new Set<Secret>()
  const watch = (secret: Secret) => {
    if (seen.has(secret)) return
    seen.add(secret)
    secret.whenKnown(tell)
    partsOf.get(secret)?.forEach(watch)
  }
  const relays = cluster.regions.flatMap(({ relay }) => (relay ? [relay] : []))
  for (const { endpoint } of [...relays, ...cluster.regions.flatMap(region => region.hosts)]) {
    if (endpoint.credentials !== undefined) watch(endpoint.credentials.password)
  }
  for (const release of new Set(cluster.tasks.map(task => task.release))) {
    if (release === undefined) continue
    for (const value of Object.values(release.process.env)) secretsIn(value).forEach(watch)
    for (const { content } of release.files) {
      if (content.kind === "text") secretsIn(content.text).forEach(watch)
    }
  }
}

// `postgres://app:${env:PW}@db` is secret as a whole, and so is PW when it shows up alone.
const partsOf = new WeakMap<Secret, readonly Secret[]>()

function withParts(secret: Secret, parts: readonly Secret[]): Secret {
  partsOf.set(secret, parts)
  return secret
}

function secretOf(reference: Reference, lookup: Lookup, path: Path): Secret {
  const found = lookup(reference, path)
  if (found.kind === "missing") throw notChecked()
  return new Secret(referenceName(reference), found.value)
}

function literal(part: TextPart): string {
  if (part.kind !== "literal") throw notChecked()
  return part.text
}

function notChecked(): Error {
  return new Error("a secret is used that was not checked before")
}

function checkPart(part: TextPart, path: Path, lookup: Lookup): Finding | undefined {
  const place = pathText(path)
  if (part.kind === "literal") return undefined
  if (part.kind === "bad") {
    return { code: "SECRET_SYNTAX", path, message: `${place}: ${part.message}`, hint: part.hint }
  }
  if (!mayRefer(path)) {
    const message = `${place}: ${printable(`\${${referenceName(part)}}`)} cannot stand here`
    const hint =
      "Secrets are taken in user and password of agents and relays, the env and the files of a job only."
    return { code: "SECRET_NOT_ALLOWED", path, message, hint }
  }
  const found = lookup(part, path)
  if (found.kind !== "missing") return undefined
  const { code = "SECRET_MISSING", message, hint } = found
  return { code, path, message: `${place}: ${message}`, hint }
}

function checkWhole(parts: readonly TextPart[], path: Path, lookup: Lookup): Finding | undefined {
  if (parts.every(part => part.kind === "literal")) return undefined
  const values = parts.map(part => {
    if (part.kind !== "reference") return literal(part)
    const found = lookup(part, path)
    // What a command prints is checked when it is revealed.
    return found.kind === "value" ? found.value : ""
  })
  const wrong = wrongWith(values.join(""), path)
  return wrong && { ...wrong, path, message: `${pathText(path)}: ${wrong.message}` }
}

// A password with a line break fails on every host with nothing but "unauthorized"; here the reason is known.
function wrongWith(text: string, path: Path): Pick<Finding, "code" | "message" | "hint"> | undefined {
  if (isAgentUser(path) && text.includes(":"))
    return { code: "BAD_VALUE", message: "the user name that it refers to holds a colon" }
  const bad = isEnvValue(path) || isFileContent(path) ? /\0/ : /[\x00-\x1f\x7f]/
  if (!bad.test(text)) return undefined
  const message = "what it refers to holds a line break or another control character"
  const hint = "One line break at the end of a file, or of what a command prints, is taken off, no more."
  return { code: "CONTROL_CHARACTER", message, hint }
}

function firstOf<T, U>(items: readonly T[], find: (item: T) => U | undefined): U | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}
