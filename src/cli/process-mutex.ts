import { createHash } from "node:crypto"
import { createServer } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"

const AGAIN = 20
const TRIES = 250

/**
 * Does work that no other process of this machine does at the same moment under the same name. Held by a name in Linux's abstract
 * socket namespace, which the kernel gives back however the process ends; elsewhere nothing keeps others out. Throws when
 * another does not come to an end within 5 s.
 */
export async function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (process.platform !== "linux") return work()
  const socket = `\0minos-lock-${createHash("sha256").update(name).digest("hex").slice(0, 32)}`
  for (let tries = 0; tries < TRIES; tries++) {
    const held = await take(socket)
    if (held === undefined) {
      await sleep(AGAIN)
      continue
    }
    try {
      return await work()
    } finally {
      await held()
    }
  }
  throw new Error(`another process is busy with ${name}`)
}

/** Gives what gives it back, or undefined while another has it. */
async function take(socket: string): Promise<(() => Promise<void>) | undefined> {
  const server = createServer(connection => connection.destroy())
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    )
    server.listen(socket, () => resolve(() => new Promise(done => server.close(() => done()))))
  })
}
