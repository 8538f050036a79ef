import { printable } from "../model/visible.js"

/** What can be wrong with a package or with moving it, and what to do about it: the codes never change, the words may. */
const HINTS = {
  PKG_DIGEST: "Name the package by the 64 lower-case hexadecimal digits of its sha256.",
  PKG_SHA256:
    "The content is not what was announced: it changed on the way or while it was read. Build the package again.",
  PKG_SIZE: "The length is not what was announced: the file changed while it was read. Send it again.",
  PKG_INCOMPLETE: "The sender stopped before the end. Send it again.",
  PKG_TOO_LARGE: "Make the package smaller, or raise the limit of the receiver.",
  PKG_NO_SPACE: "Free space on that disk, then send it again; what ran there goes on.",
  PKG_READ_ONLY: "Mount that disk for writing again and look why it was not; what ran there goes on.",
  PKG_DISK: "Look at the disk and its permissions, then try again.",
  PKG_READ: "Look whether the package file is there and readable.",
  PKG_PATH: "Pack only names inside the package's own folder; nothing of this package was kept.",
  PKG_TYPE: "Pack only files, folders and links inside the package; nothing of this package was kept.",
  PKG_MODE: "Take the setuid, setgid and sticky bits away before packing; nothing of this package was kept.",
  PKG_LIMIT: "Make the package smaller; nothing of it was kept.",
  PKG_CORRUPT: "Build the package again as .tar.gz, and send it whole; nothing of this package was kept.",
  PKG_CANCELLED: "Run it again when you want to go on; what was sent in part is not kept.",
  PKG_TIMEOUT: "Look at the network and at the load of that host, then try again.",
  PKG_UNREACHABLE: "Look whether the agent runs there and whether address and port are right.",
  PKG_TLS: "Look whether that port speaks TLS and whether its certificate is trusted here.",
  PKG_UNAUTHORIZED: "Look at the user and the password of this host in the cluster file.",
  PKG_REJECTED: "Look whether a minos agent answers at that address.",
} as const

export type PackageErrorCode = keyof typeof HINTS

/** A package was refused or could not be moved. Safe to print: no credentials, no control characters. */
export class PackageError extends Error {
  readonly code: PackageErrorCode
  /** One line: what to do. */
  readonly hint: string

  constructor(code: PackageErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options)
    this.name = "PackageError"
    this.code = code
    this.hint = HINTS[code]
  }
}

/** Is this text one of the codes? */
export function isPackageErrorCode(text: string): text is PackageErrorCode {
  return Object.hasOwn(HINTS, text)
}

/** A failure of the local file system as a `PackageError`; one that is it already stays as it is. */
export function diskError(error: unknown, doing: string): PackageError {
  if (error instanceof PackageError) return error
  const { code = "", message = String(error) } = error as NodeJS.ErrnoException
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return new PackageError("PKG_NO_SPACE", `${doing}: no space left on the disk`, { cause: error })
    case "EROFS":
      return new PackageError("PKG_READ_ONLY", `${doing}: the disk is read-only`, { cause: error })
    default:
      return new PackageError("PKG_DISK", `${doing}: ${printable(message)}`, { cause: error })
  }
}

/** A disk that takes nothing more, full or read-only: no fault of what was written. */
export function isDiskRefusal(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "EROFS"].includes((error as NodeJS.ErrnoException | undefined)?.code ?? "")
}
