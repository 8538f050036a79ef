import { createHash } from "node:crypto"
import { realpath } from "node:fs/promises"
import { createServer } from "node:net"
import { MinosError } from "../model/error.js"

/** Holds an agent's root folder for this process. */
export interface RootLock {
  release(): Promise<void>
}

/**
 * Takes a root folder for this process alone: two agents on one would run every program twice. The lock is a name in
 * Linux's abstract socket namespace, which the kernel gives back however the process ends; elsewhere there is none.
 */
export async function lockRoot(root: string): Promise<RootLock> {
  if (process.platform !== "linux") return { release: async () => {} }
  const name = createHash("sha256")
    .update(await realpath(root))
    .digest("hex")
    .slice(0, 32)
  const server = createServer(socket => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once("error", error => reject(taken(error as NodeJS.ErrnoException, root)))
    server.listen(`\0minos-agent-${name}`, resolve)
  })
  server.unref()
  return { release: () => new Promise(resolve => server.close(() => resolve())) }
}

function taken(error: NodeJS.ErrnoException, root: string): Error {
  if (error.code !== "EADDRINUSE") return error
  return new MinosError("ROOT_IN_USE", `another agent on this host uses ${root}`, {
    hint: "give each agent a root of its own, or end the other one",
    exitCode: 2,
  })
}
