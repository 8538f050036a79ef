import { createHash } from "node:crypto"
import type { ProcessSettings } from "./process-settings.js"
import { reveal } from "./secret.js"

/** A package by its content. */
export interface PackageIdentity {
  readonly name: string
  readonly version: string
  /** Lower-case hex digest of the .tar.gz. */
  readonly sha256: string
}

/** A package and how to run it; the same input is the same release, on every host. */
export interface Release {
  /** 16 hex digits, the hash of all the rest. */
  readonly id: string
  readonly package: PackageIdentity
  readonly process: ProcessSettings
}

/** The release of a package run with these settings. */
export function release(identity: PackageIdentity, process: ProcessSettings): Release {
  const env = Object.entries(process.env)
    .map(([name, value]) => [name, reveal(value)])
    .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))
  const settings = Object.entries({ ...process, env }).sort(([a], [b]) => (a < b ? -1 : 1))
  const text = JSON.stringify([identity.name, identity.version, identity.sha256, settings])
  return { id: createHash("sha256").update(text).digest("hex").slice(0, 16), package: identity, process }
}
