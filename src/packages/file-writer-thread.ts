import { Worker } from "node:worker_threads"
import type { FileWriter, SmallFile } from "./file-writer.js"

const BATCH_BYTES = 1024 * 1024
const BATCH_FILES = 256
const BATCHES_AT_ONCE = 3

/**
 * What the thread does. A text, because a thread needs a file of plain JavaScript or a text, and how this program lies on the
 * disk (compiled, bundled, under test) is not for here to know. It does not matter to it when the disk keeps it waiting.
 */
const WRITER = `
const { parentPort } = require("node:worker_threads")
const { closeSync, fchmodSync, fstatSync, openSync, writeSync } = require("node:fs")
// Modes that open leaves as they are, whatever umask or default ACL there is: looked at once, because it holds for all.
const keptByOpen = new Set()

function write(path, mode, content) {
  const file = openSync(path, "wx", mode)
  try {
    for (let at = 0; at < content.length; ) at += writeSync(file, content, at, content.length - at)
    if (keptByOpen.has(mode)) return
    if ((fstatSync(file).mode & 0o7777) === mode) keptByOpen.add(mode)
    else fchmodSync(file, mode)
  } finally {
    closeSync(file)
  }
}

parentPort.on("message", ({ files, bytes }) => {
  let at = 0
  for (const [index, { path, mode, size }] of files.entries()) {
    try {
      write(path, mode, bytes.subarray(at, at + size))
    } catch ({ code, message }) {
      return parentPort.postMessage({ bytes, failure: { index, code, message } }, [bytes.buffer])
    }
    at += size
  }
  parentPort.postMessage({ bytes }, [bytes.buffer])
})
`

/** What is kept of a file whose content is in a batch. */
interface Taken extends Omit<SmallFile, "content"> {
  /** Bytes of its content. */
  readonly size: number
}

/** What the thread says of a batch. */
interface Written {
  /** The batch's, to be filled again. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly failure?: { readonly index: number; readonly code: string; readonly message: string }
}

/**
 * Takes files of up to `largest` bytes and writes them in a thread of its own, some megabytes ahead: for thousands of files much cheaper than handing each open,
 * write and close to Node's own threads. `close` it, or the thread stays.
 */
export function createFileWriterThread(largest: number): FileWriter {
  const thread = new Worker(WRITER, { eval: true, env: {}, execArgv: [] })
  const sent: (readonly Taken[])[] = []
  let batch: Taken[] = []
  let joined: Uint8Array<ArrayBuffer> | undefined
  let bytes = 0
  // Sent to and fro, because what is left behind in two heaps is collected late.
  const spare: Uint8Array<ArrayBuffer>[] = []
  let failure: { readonly error: unknown } | undefined
  let changed = () => {}

  thread.on("message", (written: Written) => {
    const files = sent.shift()
    spare.push(written.bytes)
    if (written.failure) {
      const { index, code, message } = written.failure
      fail(files?.[index]?.failure(Object.assign(new Error(message), { code })))
    }
    changed()
  })
  thread.on("error", error => {
    sent.length = 0
    fail(error)
    changed()
  })

  function fail(error: unknown): void {
    failure ??= { error }
  }

  async function until(most: number): Promise<void> {
    while (sent.length > most && !failure) {
      await new Promise<void>(resolve => {
        changed = resolve
      })
    }
    if (failure) throw failure.error
  }

  // Copied at once, because a view into what was read keeps all of it.
  function take({ path, mode, content, failure }: SmallFile): void {
    joined ??= spare.pop() ?? new Uint8Array(BATCH_BYTES + largest)
    joined.set(content, bytes)
    bytes += content.length
    batch.push({ path, mode, size: content.length, failure })
  }

  function send(): void {
    if (!joined) return
    const files = batch.map(({ path, mode, size }) => ({ path, mode, size }))
    thread.postMessage({ files, bytes: joined }, [joined.buffer])
    sent.push(batch)
    batch = []
    joined = undefined
    bytes = 0
  }

  return {
    add: async file => {
      take(file)
      if (bytes < BATCH_BYTES && batch.length < BATCH_FILES) return
      send()
      await until(BATCHES_AT_ONCE - 1)
    },
    drain: async () => {
      send()
      await until(0)
    },
    close: async () => {
      // Ends after the call of the file system that it is in, if any.
      await thread.terminate()
    },
  }
}
