import { createHash } from "node:crypto"
import type { ProcessSettings } from "./process-settings.js"
import { type OpenText, openText, type Text } from "./text.js"

/** A package by its content. */
export interface PackageIdentity {
  readonly name: string
  readonly version: string
  /** Lower-case hex digest of the .tar.gz. */
  readonly sha256: string
}

/** What a release consists of. */
export interface ReleaseParts {
  readonly package: PackageIdentity
  readonly process: ProcessSettings
  /** Sorted by path. */
  readonly files: readonly ReleaseFile[]
  readonly scripts: ReleaseScripts
  /** The disks of the host that its data is on, counted from 0; the first is the main one. At least one. */
  readonly data: readonly number[]
}

/** A package, how to run it and the files that it reads; the same input is the same release, on every host. */
export interface Release extends ReleaseParts {
  /** 16 hex digits, the hash of all the rest. */
  readonly id: string
}

/** A file that a release brings beside its package. */
export interface ReleaseFile {
  /** Below the folder `files` of the release, with `/`; no part is empty, `.` or `..`. */
  readonly path: string
  /** Its permission bits. */
  readonly mode: number
  /** Who owns it, `user` or `user:group`; else whoever the program runs as. */
  readonly owner?: string
  readonly content: FileContent
}

/** What is in a file: text that was made for this task, or a file of the operator's machine, byte for byte. */
export type FileContent =
  | { readonly kind: "text"; readonly text: Text }
  | { readonly kind: "blob"; readonly sha256: string; readonly size: number }

export const SCRIPT_NAMES = ["bootstrap", "preStart", "postStop", "cleanup"] as const

/** `bootstrap`: once, before the first start; `cleanup`: before the task is taken off the host. */
export type ScriptName = (typeof SCRIPT_NAMES)[number]

/** Commands of a release, run where its program runs. */
export type ReleaseScripts = Readonly<Partial<Record<ScriptName, readonly Text[]>>>

/** What a release is without files, scripts and disks. */
export const PLAIN_RELEASE = { files: [], scripts: {}, data: [0] } as const satisfies Omit<
  ReleaseParts,
  "package" | "process"
>

/** The release that consists of these parts. */
export function release(parts: ReleaseParts): Release {
  // The id last, for a release is made of these parts too.
  return { ...parts, id: createHash("sha256").update(canonical(parts)).digest("hex").slice(0, 16) }
}

/** What is hashed. A part that was added to releases later counts only where it is used, so that ids stay what they were. */
function canonical({ package: identity, process, files, scripts, data }: ReleaseParts): string {
  const env = sorted(mapped(process.env, openText))
  const given = Object.entries(process).filter(([, value]) => value !== undefined)
  const settings = sorted({
    ...Object.fromEntries(given),
    argv: process.argv.map(openText),
    ...(process.directory !== undefined && { directory: openText(process.directory) }),
    env,
  })
  const more = {
    ...(files.length > 0 && { files: files.map(canonicalFile).sort(([a], [b]) => (a! < b! ? -1 : 1)) }),
    ...(Object.keys(scripts).length > 0 && { scripts: sorted(mapped(scripts, argv => argv?.map(openText))) }),
    ...((data.length !== 1 || data[0] !== 0) && { data }),
  }
  const parts = [identity.name, identity.version, identity.sha256, settings]
  return JSON.stringify(Object.keys(more).length > 0 ? [...parts, sorted(more)] : parts)
}

function canonicalFile({ path, mode, owner = "", content }: ReleaseFile): readonly [string, ...unknown[]] {
  const what: OpenText | { sha256: string } =
    content.kind === "text" ? openText(content.text) : { sha256: content.sha256 }
  return [path, mode, owner, what]
}

function mapped<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}

function sorted(record: object): readonly (readonly [string, unknown])[] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
}
