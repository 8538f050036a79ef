import { connect } from "node:net"

/** What `mntr` tells of a server: names such as `zk_server_state` and their values as they stand there. */
export type Monitored = ReadonlyMap<string, string>

/**
 * The answer of a ZooKeeper server of this machine to a command of four letters. Empty when nobody listens, or it
 * ends or falls silent amid the answer; a server that has no quorum says `This ZooKeeper instance is not currently serving requests`.
 */
export function fourLetter(port: number, word: string, host = "127.0.0.1"): Promise<string> {
  return new Promise(resolve => {
    let answer = ""
    const socket = connect({ host, port }, () => socket.write(word))
    // A server that is asked amid its start may neither answer nor close (a null pointer in 3.8.0).
    socket.setTimeout(1_000, () => socket.destroy(new Error("silent")))
    socket.on("data", data => {
      answer += data
    })
    socket.once("error", () => {
      answer = ""
    })
    socket.once("close", () => resolve(answer))
  })
}

/** What the server tells of itself; empty while it does not serve. */
export async function monitor(port: number, host?: string): Promise<Monitored> {
  return monitored(await fourLetter(port, "mntr", host))
}

/** The lines of an answer to `mntr`. */
export function monitored(answer: string): Monitored {
  const pairs = answer.split("\n").map(line => line.split("\t"))
  return new Map(pairs.filter(pair => pair.length === 2) as [string, string][])
}

/** `leader`, `follower`, `observer` or `standalone`; undefined while it does not serve. */
export async function roleOf(port: number, host?: string): Promise<string | undefined> {
  return (await monitor(port, host)).get("zk_server_state")
}
