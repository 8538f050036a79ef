import { spawnSync } from "node:child_process"
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs"
import { Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Readable } from "node:stream"

/** A pipe for the output of a process that is about to be started. */
export interface OutputPipe {
  /** The end for the process; to be closed here once it was started. */
  readonly fd: number
  /** The end for us; closing it tells the process with SIGPIPE. */
  readonly stream: Readable
}

/**
 * Two real pipes, or undefined where they cannot be made.
 * Node's own "pipes" are sockets, and a program that opens /dev/stdout or /dev/stderr (nginx, many a shell script) fails on those.
 */
export function makePipes(): readonly [OutputPipe, OutputPipe] | undefined {
  let folder: string | undefined
  const opened: OutputPipe[] = []
  try {
    folder = mkdtempSync(join(tmpdir(), "minos-pipe-"))
    const paths = [join(folder, "out"), join(folder, "err")] as const
    // Node cannot make one itself; the command costs a start some 5 ms.
    if (spawnSync("mkfifo", ["-m", "600", ...paths], { stdio: "ignore" }).status !== 0) return undefined
    for (const path of paths) opened.push(openPipe(path))
    return [opened[0]!, opened[1]!]
  } catch {
    for (const pipe of opened) closePipe(pipe)
    return undefined
  } finally {
    // An open pipe needs no name.
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}

/** Closes both ends of a pipe that was not used. */
export function closePipe({ fd, stream }: OutputPipe): void {
  closeSync(fd)
  stream.destroy()
}

function openPipe(path: string): OutputPipe {
  // Each end is opened for itself, so that ours does not wait and the program's does, as it expects.
  const ours = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const fd = openSync(path, constants.O_WRONLY)
    return { fd, stream: new Socket({ fd: ours, readable: true, writable: false }) }
  } catch (error) {
    closeSync(ours)
    throw error
  }
}
