import { connect } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"

/** Connects to all endpoints, `HOST:PORT` each, over and over during the work; gives the most that refused at one moment. */
export async function mostRefusals(endpoints: readonly string[], work: Promise<unknown>): Promise<number> {
  let done = false
  let most = 0
  const finish = () => {
    done = true
  }
  work.then(finish, finish)
  while (!done) {
    // All are asked in one turn of the event loop, so what refuses was down at the same moment.
    const refused = await Promise.all(endpoints.map(refuses))
    most = Math.max(most, refused.filter(Boolean).length)
    await sleep(100)
  }
  return most
}

function refuses(endpoint: string): Promise<boolean> {
  const [host, port] = endpoint.split(":")
  return new Promise(resolve => {
    const socket = connect({ host: host!, port: Number(port) }, () => socket.destroy())
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"))
    socket.once("close", () => resolve(false))
  })
}
