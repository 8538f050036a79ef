import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { ClusterFileError, type ProblemCode } from "./problem.js"

/** A larger file is refused before it is parsed. */
export const MAX_BYTES = 1024 * 1024

const FILE_NAME = "minos.yaml"

export interface FindOptions {
  /** What the operator gave with -f. */
  readonly file?: string
  /** The environment: MINOS_CLUSTER is used when there is no `file`. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

export interface FileText {
  /** As the operator named it; relative to `cwd` when it was found by itself. */
  readonly file: string
  readonly path: string
  readonly text: string
}

/**
 * Finds and reads the cluster file: `file`, else MINOS_CLUSTER, else minos.yaml in `cwd` or the nearest folder above it.
 * Throws ClusterFileError when there is none, or it cannot be read, is too large or not UTF-8.
 */
export function readClusterFile(options: FindOptions): FileText {
  const { file, path } = findClusterFile(options)
  return readText(file, path)
}

/** Reads the text of a file, as `readClusterFile` does; `file` is its name for the operator. */
export function readText(file: string, path: string): FileText {
  return { file, path, text: decode(file, readBytes(file, path)) }
}

/** As `readText`, for a file that another one names: never a pipe, which could hold minos up for ever. */
export function readRegular(file: string, path: string): FileText {
  if (isSpecial(path)) throw wholeFile(file, "FILE_NOT_READABLE", "it is not a file")
  return readText(file, path)
}

function isSpecial(path: string): boolean {
  try {
    const stat = statSync(path)
    return !stat.isFile() && !stat.isDirectory()
  } catch {
    // Reading it says why.
    return false
  }
}

function findClusterFile({ file, env, cwd }: FindOptions): { file: string; path: string } {
  const named = file || env.MINOS_CLUSTER
  if (named) return { file: named, path: resolve(cwd, named) }
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const path = join(folder, FILE_NAME)
    if (exists(path)) return { file: relative(cwd, path), path }
    if (dirname(folder) === folder) break
  }
  throw wholeFile(
    FILE_NAME,
    "FILE_NOT_FOUND",
    `there is no ${FILE_NAME} in ${cwd} or a folder above it`,
    "Name the cluster file with -f FILE or in MINOS_CLUSTER.",
  )
}

function exists(path: string): boolean {
  try {
    accessSync(path, constants.F_OK)
    return true
  } catch {
    return false
  }
}

// Reads one byte more than allowed instead of asking for the size, which a pipe (`-f <(generate)`) does not know.
function readBytes(file: string, path: string): Buffer {
  const buffer = Buffer.alloc(MAX_BYTES + 1)
  let length = 0
  try {
    const handle = openSync(path, "r")
    try {
      while (length < buffer.length) {
        const bytesRead = readSync(handle, buffer, length, buffer.length - length, null)
        if (bytesRead === 0) break
        length += bytesRead
      }
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    throw notReadable(file, (error as NodeJS.ErrnoException).code)
  }
  if (length > MAX_BYTES) {
    throw wholeFile(
      file,
      "FILE_TOO_BIG",
      "the file is larger than 1 MiB",
      "Use ranges such as web-[01-20], or several files.",
    )
  }
  return buffer.subarray(0, length)
}

function notReadable(file: string, code: string | undefined): ClusterFileError {
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return wholeFile(
        file,
        "FILE_NOT_FOUND",
        "no such file",
        "Name the cluster file with -f FILE or in MINOS_CLUSTER.",
      )
    case "EISDIR":
      return wholeFile(
        file,
        "FILE_NOT_READABLE",
        "this is a folder",
        `Name the file in it, such as ${file}/${FILE_NAME}`,
      )
    case "EACCES":
    case "EPERM":
      return wholeFile(
        file,
        "FILE_NOT_READABLE",
        "you may not read this file",
        "Ask its owner, or check its mode.",
      )
    default:
      return wholeFile(file, "FILE_NOT_READABLE", `the file cannot be read (${code ?? "unknown error"})`)
  }
}

function decode(file: string, bytes: Buffer): string {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  try {
    if (!utf16) return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    // Said below, for both kinds of wrong text.
  }
  const found = utf16 ? "the file is UTF-16" : "the file is not UTF-8 text"
  throw wholeFile(file, "FILE_ENCODING", found, "Save it as UTF-8.")
}

function wholeFile(file: string, code: ProblemCode, message: string, hint?: string): ClusterFileError {
  return new ClusterFileError([{ code, file, line: 0, col: 0, message, ...(hint !== undefined && { hint }) }])
}
