import { writeDurable } from "../disk/durable.js"
import { MinosError } from "../model/error.js"
import { EXIT_CODES } from "../report/exit-codes.js"

/** Writes what a command was told to write to a file, whole or not at all. Throws MinosError when it cannot. */
export async function writeResult(file: string, text: string): Promise<void> {
  await writeDurable(file, text).catch((error: NodeJS.ErrnoException) => {
    throw notWritten(file, error.code)
  })
}

/** An error of the file system as one for the operator. */
export function notWritten(file: string, code = "unknown error"): MinosError {
  const { why, hint } = REASONS[code] ?? { why: code, hint: "Name another file." }
  return new MinosError("FILE_NOT_WRITTEN", `${file} cannot be written: ${why}`, {
    hint,
    exitCode: EXIT_CODES.usage.code,
  })
}

const REASONS: Readonly<Record<string, { readonly why: string; readonly hint: string }>> = {
  ENOENT: { why: "there is no such folder", hint: "Make the folder first." },
  ENOTDIR: { why: "a part of its path is a file", hint: "Name another file." },
  EISDIR: { why: "it is a folder", hint: "Name a file in it." },
  EACCES: { why: "you may not write there", hint: "Name another file, or ask the folder's owner." },
  EPERM: { why: "you may not write there", hint: "Name another file, or ask the folder's owner." },
  EROFS: { why: "the file system is read-only", hint: "Name another file." },
  ENOSPC: { why: "the disk is full", hint: "Make room, or name a file on another disk." },
}
