import { roomIn } from "../disk/room.js"
import { PackageError } from "../packages/error.js"
import type { Backend } from "./backend.js"

// A switch writes a link, a program file and lines of history; a program that starts writes its first log.
const BYTES = 64 * 1024
const FILES = 8

/**
 * A backend whose `check` fails with PKG_NO_SPACE where the disk of `root` is about to be full: between the stop of the old
 * release and the start of the new one is no good time to find that out.
 */
export function withRoom(backend: Backend, root: string): Backend {
  return {
    ...backend,
    check: async program => {
      const room = await roomIn(root)
      if (room.bytes < BYTES || room.files < FILES)
        throw new PackageError(
          "PKG_NO_SPACE",
          `the disk has ${room.bytes} bytes and ${room.files} files free, too few to switch to another release`,
        )
      await backend.check(program)
    },
  }
}
