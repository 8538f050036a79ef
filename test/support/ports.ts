import { createServer } from "node:net"

const given = new Set<number>()

/**
 * A TCP port of 127.0.0.1 that nothing listens on and that this process has not been given before.
 * Taken below the ephemeral range, so that no outgoing connection of a test running beside this one takes it.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = 15_000 + Math.floor(Math.random() * 17_000)
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) return port
  }
  throw new Error("no free port between 15000 and 32000")
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createServer()
    probe.once("error", () => resolve(false))
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(true)))
  })
}
