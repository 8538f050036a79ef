import { createHash } from "node:crypto"
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from "node:fs"
import { dirname, isAbsolute, join, resolve } from "node:path"
import type { SourceBlob } from "../../model/cluster.js"
import { printable } from "../../model/visible.js"
import { linePositions } from "../line-positions.js"
import type { SourceFile } from "../located.js"
import { isInside } from "../root-folder.js"

/** A file that cannot be used, in words. */
export interface Unusable {
  readonly kind: "unusable"
  readonly message: string
  readonly hint?: string
}

/** Reads files that a cluster file names, each once. */
export interface LocalFiles {
  /** The text of a file, at most 1 MiB; `from` is the file that names it. */
  text(name: string, from: SourceFile): SourceFile | Unusable
  /** What is in a file, without reading it into memory. */
  blob(name: string, from: SourceFile): SourceBlob | Unusable
  /** Absolute paths of all files that were read. */
  read(): readonly string[]
  blobs(): readonly SourceBlob[]
}

const MAX_TEMPLATE_BYTES = 1024 * 1024
/** The same limit as for a package would hold a fleet up without a word; a big file belongs into the package. */
const MAX_SOURCE_BYTES = 256 * 1024 * 1024

/** Files below a root folder, out of which no name may lead. */
export function localFiles(rootFolder: string): LocalFiles {
  const texts = new Map<string, SourceFile | Unusable>()
  const blobs = new Map<string, SourceBlob | Unusable>()

  function once<T>(
    known: Map<string, T | Unusable>,
    name: string,
    from: SourceFile,
    make: (path: string) => T | Unusable,
  ) {
    if (isAbsolute(name)) return unusable("is an absolute path", `Write it relative to ${from.file}.`)
    const path = resolve(dirname(from.path), name)
    const before = known.get(path)
    if (before) return before
    const made = isInside(rootFolder, path)
      ? attempt(() => make(path))
      : unusable(`is outside the root folder ${printable(rootFolder)}`, "Move it into that folder.")
    known.set(path, made)
    return made
  }

  return {
    text: (name, from) => once(texts, name, from, path => readTemplate(join(dirname(from.file), name), path)),
    blob: (name, from) => once(blobs, name, from, digestOf),
    read: () => [...texts, ...blobs].filter(([, made]) => !("kind" in made)).map(([path]) => path),
    blobs: () => [...blobs.values()].flatMap(made => ("kind" in made ? [] : [made])),
  }
}

function readTemplate(file: string, path: string): SourceFile | Unusable {
  return opened(path, (handle, size) => {
    if (size > MAX_TEMPLATE_BYTES)
      return unusable("is larger than 1 MiB", "Use source for what holds no variables.")
    const bytes = readFileSync(handle)
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
      return { file, path, text, position: linePositions(text) }
    } catch {
      return unusable("is not UTF-8 text", "Use source for a file that is not text.")
    }
  })
}

const CHUNK = 1024 * 1024

function digestOf(path: string): SourceBlob | Unusable {
  return opened(path, (handle, planned) => {
    if (planned > MAX_SOURCE_BYTES) return unusable("is larger than 256 MiB", "Put it into the package.")
    const hash = createHash("sha256")
    const chunk = Buffer.alloc(Math.min(CHUNK, planned + 1))
    let size = 0
    for (let got = readSync(handle, chunk); got > 0; got = readSync(handle, chunk)) {
      hash.update(chunk.subarray(0, got))
      size += got
    }
    return { path, sha256: hash.digest("hex"), size }
  })
}

/** Opens a regular file, without waiting for whoever writes into a pipe. */
function opened<T>(path: string, use: (handle: number, size: number) => T | Unusable): T | Unusable {
  const handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stat = fstatSync(handle)
    if (stat.isDirectory())
      return unusable("is a folder", "Name each file, or put the folder into the package.")
    return stat.isFile() ? use(handle, stat.size) : unusable("is not a file")
  } finally {
    closeSync(handle)
  }
}

function attempt<T>(work: () => T | Unusable): T | Unusable {
  try {
    return work()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOENT" || code === "ENOTDIR") {
      return unusable("does not exist", "Its path starts from the folder of the file that names it.")
    }
    if (code === "EACCES" || code === "EPERM")
      return unusable("may not be read by you", "Check its mode and its owner.")
    if (code === undefined) throw error
    return unusable(`cannot be read (${code})`)
  }
}

function unusable(message: string, hint?: string): Unusable {
  return { kind: "unusable", message, ...(hint !== undefined && { hint }) }
}
