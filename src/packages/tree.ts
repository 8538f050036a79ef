import { firstUnprintable, printable } from "../model/visible.js"
import type { ArchiveEntry } from "./archive.js"
import { nameParts } from "./entry-name.js"
import { PackageError } from "./error.js"
import type { UnpackLimits } from "./limits.js"

/** One step of unpacking; paths are relative to the package's folder. */
export type Placed =
  | { readonly kind: "root" }
  | {
      readonly kind: "folder" | "file" | "symlink"
      readonly path: string
      readonly newFolders: readonly string[]
    }
  | {
      readonly kind: "hardlink"
      readonly path: string
      readonly newFolders: readonly string[]
      readonly to: string
    }

/** What a package will be on disk, known before anything is written. */
export interface Tree {
  /**
   * Takes the next entry in, and says where it goes and which folders have to be made for it, outermost first.
   * Throws a `PackageError` that names the entry when it may not be there.
   */
  place(entry: ArchiveEntry): Placed
  /** The symbolic links, once all entries are in. Throws PKG_PATH when one leads out of the package. */
  symlinks(): readonly Symlink[]
  /** How many entries, the root not counted. */
  readonly count: number
  /** Bytes of all files. */
  readonly bytes: number
}

export interface Symlink {
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
  let bytes = 0

  function place(entry: ArchiveEntry): Placed {
    const shown = printable(entry.name)
    if (entry.mode & 0o7000) throw new PackageError("PKG_MODE", `${shown} has setuid, setgid or sticky bits`)
    const parts = nameParts(entry.name, limits)
    if (parts.length === 0) {
      if (entry.kind === "folder") return { kind: "root" }
      throw new PackageError("PKG_PATH", `${shown} is the package's own folder, but not a folder`)
    }
    bytes += entry.size
    if (bytes > limits.bytes)
      throw new PackageError("PKG_LIMIT", `the files have more than ${limits.bytes} bytes`)

    const path = parts.join("/")
    const to = entry.kind === "hardlink" ? linkedFile(entry, shown) : ""
    const newFolders = placeParents(parts, shown)
    const found = nodes.get(path)
    // A folder that was only named in a path may still be listed itself, once.
    const isFirst =
      found === undefined || (found.kind === "folder" && !found.listed && entry.kind === "folder")
    if (!isFirst) throw new PackageError("PKG_PATH", `${shown} is there twice`)
    add(path, nodeOf(entry, shown))
    switch (entry.kind) {
      case "hardlink":
        return { kind: "hardlink", path, newFolders, to }
      case "folder":
        return { kind: "folder", path, newFolders: found ? newFolders : [...newFolders, path] }
      case "file":
      case "symlink":
        return { kind: entry.kind, path, newFolders }
    }
  }

  function placeParents(parts: readonly string[], shown: string): string[] {
    const made: string[] = []
    for (let length = 1; length < parts.length; length++) {
      const path = parts.slice(0, length).join("/")
      const found = nodes.get(path)
      if (found === undefined) {
        add(path, { kind: "folder", listed: false })
        made.push(path)
      } else if (found.kind !== "folder") {
        const what = found.kind === "symlink" ? "a symbolic link" : "a file"
        throw new PackageError("PKG_PATH", `${shown} goes through ${printable(path)}, which is ${what}`)
      }
    }
    return made
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

  function symlinks(): Symlink[] {
    const found: Symlink[] = []
    for (const [path, node] of nodes) {
      if (node.kind !== "symlink") continue
      if (leaves(path, node.target)) {
        throw new PackageError(
          "PKG_PATH",
          `${printable(path)} is a link to ${printable(node.target)}, outside the package`,
        )
      }
      found.push({ path, target: node.target })
    }
    return found
  }

  // Walks as the kernel would, since `a/link/..` is not `a` when link leads elsewhere: links may leave together
  // although none does alone. One that leads nowhere or in a circle does no harm.
  function leaves(path: string, target: string): boolean {
    const at = path.split("/").slice(0, -1)
    const todo = target.split("/").reverse()
    for (let followed = 0; todo.length > 0; ) {
      const part = todo.pop()
      if (part === undefined || part === "" || part === ".") continue
      if (part === "..") {
        if (at.pop() === undefined) return true
        continue
      }
      const node = nodes.get([...at, part].join("/"))
      if (node?.kind !== "symlink") {
        at.push(part)
        continue
      }
      if (++followed > MOST_LINKS) return false
      todo.push(...node.target.split("/").reverse())
    }
    return false
  }

  return {
    place,
    symlinks,
    get count() {
      return nodes.size
    },
    get bytes() {
      return bytes
    },
  }
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
