/** The state folder, or what is in it, cannot be used: a code that never changes, what is so, and what to do. */
export class JournalError extends Error {
  readonly code: "UNSAFE_STATE_FOLDER" | "NO_JOURNAL" | "JOURNAL_BROKEN" | "JOURNAL_BUSY"
  readonly hint: string

  constructor(code: JournalError["code"], message: string, hint: string) {
    super(message)
    this.name = "JournalError"
    this.code = code
    this.hint = hint
  }
}

/** An error of the file system in words: `no space left on the device`. */
export function diskWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return WORDS[code ?? ""] ?? message
}

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EACCES: "permission denied",
  ENOTDIR: "something on the way there is no folder",
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EIO: "the disk has an error",
  EMFILE: "too many open files",
  ENFILE: "too many open files on this machine",
  EFBIG: "the file would become too large",
}
