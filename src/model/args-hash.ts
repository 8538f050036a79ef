import { createHash } from "node:crypto"

/** sha256 in hex of the arguments of a call, whatever the order of their members: equal arguments, equal hash. */
export function argsHash(args: Readonly<Record<string, unknown>>): string {
  return createHash("sha256").update(canonical(args)).digest("hex")
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  // A byte at a time, a file of a MiB would take seconds.
  if (Buffer.isBuffer(value)) return JSON.stringify(value.toString("base64"))
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null"
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(",")}}`
}
