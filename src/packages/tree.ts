import { firstUnprintable, printable } from "../model/visible.js"
import type { ArchiveEntry } from "./archive.js"
import { nameParts } from "./entry-name.js"
import { PackageError } from "./error.js"
import type { UnpackLimits } from "./limits.js"

/** What a package will be on disk, known before anything of it has its name. Paths are relative to the package's folder. */
export interface Tree {
  /**
   * Takes the next entry in, and says where it goes, "" for the package's own folder. Throws a `PackageError` that names
   * the entry when it may not be there.
   */
  place(entry: ArchiveEntry): string
  /** All but the files, once all entries are in. Throws PKG_CORRUPT when there were none, PKG_PATH when a link leads out of the package. */
  rest(): Rest
  /** How many entries, the root not counted. */
  readonly count: number
  /** Bytes of all files. */
  readonly bytes: number
}

/** What a package has besides files. */
export interface Rest {
  /** Each after the one that it is in. */
  readonly folders: readonly string[]
  /** Each with the file that it is. */
  readonly hardlinks: readonly Link[]
  readonly symlinks: readonly Link[]
}

export interface Link {
  readonly path: string
  readonly target: string
}

type Node =
  | { readonly kind: "file" }
  | { readonly kind: "folder"; readonly listed: boolean }
  | { readonly kind: "symlink"; readonly target: string }

// As many as Linux follows before it says ELOOP.
const MOST_LINKS = 40

/** An empty tree. */
export function createTree(limits: UnpackLimits): Tree {
  const nodes = new Map<string, Node>()
  const hardlinks: Link[] = []
  let bytes = 0
  // Steps along the targets of links.
  let walked = 0

  function place(entry: ArchiveEntry): string {
    const shown = printable(entry.name)
    if (entry.mode & 0o7000) throw new PackageError("PKG_MODE", `${shown} has setuid, setgid or sticky bits`)
    const parts = nameParts(entry.name, limits)
    if (parts.length === 0) {
      if (entry.kind === "folder") return ""
      throw new PackageError("PKG_PATH", `${shown} is the package's own folder, but not a folder`)
    }
    bytes += entry.size
    if (bytes > limits.bytes)
      throw new PackageError("PKG_LIMIT", `the files have more than ${limits.bytes} bytes`)

    const path = parts.join("/")
    if (entry.kind === "hardlink") hardlinks.push({ path, target: linkedFile(entry, shown) })
    placeParents(parts, shown)
    const found = nodes.get(path)
    // A folder that was only named in a path may still be listed itself, once.
    const isFirst =
      found === undefined || (found.kind === "folder" && !found.listed && entry.kind === "folder")
    if (!isFirst) throw new PackageError("PKG_PATH", `${shown} is there twice`)
    add(path, nodeOf(entry, shown))
    return path
  }

  function placeParents(parts: readonly string[], shown: string): void {
    for (let length = 1; length < parts.length; length++) {
      const path = parts.slice(0, length).join("/")
      const found = nodes.get(path)
      if (found === undefined) {
        add(path, { kind: "folder", listed: false })
      } else if (found.kind !== "folder") {
        const what = found.kind === "symlink" ? "a symbolic link" : "a file"
        throw new PackageError("PKG_PATH", `${shown} goes through ${printable(path)}, which is ${what}`)
      }
    }
  }

  function add(path: string, node: Node): void {
    nodes.set(path, node)
    if (nodes.size > limits.entries)
      throw new PackageError("PKG_LIMIT", `the package has more than ${limits.entries} entries`)
  }

  function linkedFile(entry: ArchiveEntry, shown: string): string {
    const path = nameParts(entry.link, limits).join("/")
    if (nodes.get(path)?.kind === "file") return path
    throw new PackageError(
      "PKG_PATH",
      `${shown} is a hard link to ${printable(entry.link)}, which is no file before it`,
    )
  }

  function rest(): Rest {
    if (nodes.size === 0) throw new PackageError("PKG_CORRUPT", "the package is empty")
    const folders: string[] = []
    const symlinks: Link[] = []
    for (const [path, node] of nodes) {
      if (node.kind === "folder") folders.push(path)
      if (node.kind !== "symlink") continue
      if (leaves(path, node.target)) {
        throw new PackageError(
          "PKG_PATH",
          `${printable(path)} is a link to ${printable(node.target)}, outside the package`,
        )
      }
      symlinks.push({ path, target: node.target })
    }
    return { folders, hardlinks, symlinks }
  }

  // Walks as the kernel would, since `a/link/..` is not `a` when link leads elsewhere: links may leave together
  // although none does alone. One that leads nowhere or in a circle does no harm.
  function leaves(path: string, target: string): boolean {
    // The folders that it is in, undefined for those that are not there.
    const at: (string | undefined)[] = foldersAbove(path)
    const todo = target.split("/").reverse()
    for (let followed = 0; todo.length > 0; ) {
      const part = todo.pop()
      if (++walked > limits.linkSteps)
        throw new PackageError("PKG_LIMIT", `the links lead through more than ${limits.linkSteps} folders`)
      if (part === undefined || part === "" || part === ".") continue
      if (part === "..") {
        if (at.length === 0) return true
        at.pop()
        continue
      }
      const next = below(at, part)
      const node = next === undefined ? undefined : nodes.get(next)
      if (node?.kind !== "symlink") {
        at.push(node && next)
        continue
      }
      if (++followed > MOST_LINKS) return false
      todo.push(...node.target.split("/").reverse())
    }
    return false
  }

  return {
    place,
    rest,
    get count() {
      return nodes.size
    },
    get bytes() {
      return bytes
    },
  }
}

/** The folders of a path, outermost first. */
function foldersAbove(path: string): string[] {
  const parts = path.split("/")
  return parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join("/"))
}

function below(folders: readonly (string | undefined)[], part: string): string | undefined {
  if (folders.length === 0) return part
  const last = folders.at(-1)
  return last === undefined ? undefined : `${last}/${part}`
}

function nodeOf(entry: ArchiveEntry, shown: string): Node {
  switch (entry.kind) {
    case "folder":
      return { kind: "folder", listed: true }
    case "file":
    case "hardlink":
      return { kind: "file" }
    case "symlink":
      return { kind: "symlink", target: checkTarget(entry.link, shown) }
  }
}

function checkTarget(target: string, shown: string): string {
  if (target === "") throw new PackageError("PKG_PATH", `${shown} is a link to nothing`)
  if (target.startsWith("/"))
    throw new PackageError("PKG_PATH", `${shown} is a link to ${printable(target)}, an absolute path`)
  if (
    firstUnprintable(target) !== undefined ||
    target.includes("\ufffd") ||
    Buffer.byteLength(target) > 1024
  ) {
    throw new PackageError("PKG_PATH", `${shown} is a link to ${printable(target)}, which is no plain path`)
  }
  return target
}
