import { setTimeout as sleep } from "node:timers/promises"
import { openZooKeeper, type ZooKeeper, type ZooKeeperOptions } from "./zookeeper-client.js"
import type { ZooKeeperError } from "./zookeeper-error.js"

/** What a counter went through. */
export interface Counted {
  /** The highest number that a server said was written. */
  readonly acknowledged: number
  /** The number that was there at the end. */
  readonly last: number
  /** Answers that never came. */
  readonly lost: number
  /** Of the writes without an answer, those that had been done. */
  readonly done: number
  /** Readings that were lower than one before, or than what was acknowledged; empty when the servers keep what they promise. */
  readonly wrong: readonly string[]
}

export interface Counter {
  /** What was acknowledged until now. */
  acknowledged(): number
  /** Ends after one more reading; throws when the session expired or no server was left. */
  stop(): Promise<Counted>
}

export interface CounterOptions extends ZooKeeperOptions {
  /** Milliseconds from one step to the next. */
  readonly pace?: number
}

/**
 * Counts up in the node, which it makes, from 0 in steps of 1, and reads after each write, until it is stopped; over
 * whichever of the servers is there. The only writer of the node.
 */
export async function startCounter(
  servers: readonly string[],
  path: string,
  { pace = 5, ...options }: CounterOptions = {},
): Promise<Counter> {
  const client = await openZooKeeper(servers, options)
  await createOnce(client, path)
  let stopped = false
  let acknowledged = 0
  let last = 0
  let lost = 0
  let done = 0
  const wrong: string[] = []

  const read = async (): Promise<number> => {
    const { data, version } = await insist(
      () => client.getData(path),
      () => lost++,
    )
    if (Number(data) < last || Number(data) < acknowledged)
      wrong.push(`${data} at ${client.server()}, after ${last} was read and ${acknowledged} acknowledged`)
    last = Number(data)
    return version
  }
  const count = async () => {
    let version = await read()
    while (!stopped) {
      const number = last + 1
      try {
        await client.setData(path, String(number), version)
        acknowledged = number
      } catch (error) {
        // `bad version`: a write whose answer was lost came through after the reading that missed it.
        if (!unclear(error)) throw error
        if ((error as ZooKeeperError).problem === "lost") lost++
      }
      version = await read()
      if (last === number && acknowledged < number) done++
      await sleep(pace)
    }
    await read()
  }
  const counting = count().finally(() => client.close())
  // Whoever stops it hears of it.
  counting.catch(() => {})
  return {
    acknowledged: () => acknowledged,
    stop: async () => {
      stopped = true
      await counting
      return { acknowledged, last, lost, done, wrong }
    },
  }
}

function unclear(error: unknown): boolean {
  return ["lost", "bad version"].includes((error as ZooKeeperError).problem)
}

/** Asks until there is an answer. */
async function insist<T>(ask: () => Promise<T>, onLost: () => void): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if ((error as ZooKeeperError).problem !== "lost") throw error
      onLost()
    }
  }
}

async function createOnce(client: ZooKeeper, path: string): Promise<void> {
  await insist(
    async () => {
      if (!(await client.exists(path))) await client.create(path, "0")
    },
    () => {},
  )
}
