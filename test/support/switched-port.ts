import { createServer, type Server } from "node:net"
import { freePort } from "./ports.js"

/** A port of 127.0.0.1 that accepts connections or not, as a test says; shut at first. */
export interface SwitchedPort {
  readonly port: number
  /** Does nothing when it is open. */
  open(): Promise<void>
  /** Does nothing when it is shut. */
  shut(): Promise<void>
}

export async function switchedPort(): Promise<SwitchedPort> {
  const port = await freePort()
  let server: Server | undefined
  return {
    port,
    open: async () => {
      if (server) return
      const made = createServer(socket => socket.end())
      server = made
      await new Promise<void>((resolve, reject) => {
        made.once("error", reject)
        made.listen(port, "127.0.0.1", resolve)
      })
    },
    shut: async () => {
      const open = server
      server = undefined
      if (open) await new Promise(resolve => open.close(resolve))
    },
  }
}
