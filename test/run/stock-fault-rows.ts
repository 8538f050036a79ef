import { type ChangeTask, restartTask, startTask, stopTask } from "../../src/run/change-task.js"
import { READ, START, STOP, says } from "../support/stock-calls.js"
import type { ToxicProxy } from "../support/toxic-proxy.js"
import { until } from "../support/until.js"

/** How many requests of a method went out; one connection may have carried several. */
export function sent(proxy: ToxicProxy, method: string): number {
  return proxy.requests().join("").split(method).length - 1
}

/** How many of them went out after the first of another. */
export function sentSince(proxy: ToxicProxy, first: string, method: string): number {
  const [, ...since] = proxy.requests().join("").split(first)
  return since.join("").split(method).length - 1
}

/** One change of a program behind a line that breaks, and what must become of it. */
export interface Row {
  readonly name: string
  readonly change: ChangeTask
  /** The program runs already. */
  readonly running: boolean
  readonly toxics: (proxy: ToxicProxy) => void
  readonly words: RegExp
  /** How often this run started the program, told by the program. */
  readonly starts: number
  /** Requests to start and to stop that went out. */
  readonly sent: { readonly start: number; readonly stop: number }
  readonly state: "RUNNING" | "STOPPED"
  readonly deadline?: number
}

export const RUNS = /^changed RUNNING, pid \d+/
const UNKNOWN = /^unreachable timeout \(unknown\)$/

const STARTS: readonly Row[] = (
  [
    ["the answer is lost", proxy => proxy.toxic("down", { kind: "swallow" }, { when: says(START) }), 1],
    [
      "the answer is cut",
      proxy => proxy.toxic("down", { kind: "limit", bytes: 150 }, { when: says(START) }),
      1,
    ],
    ["a reset comes instead", proxy => proxy.toxic("down", { kind: "reset" }, { when: says(START) }), 1],
    ["the request comes twice", proxy => proxy.toxic("up", { kind: "duplicate" }, { when: says(START) }), 1],
    [
      "the request comes again after its answer",
      proxy => proxy.toxic("up", { kind: "duplicate", late: true }, { when: says(START) }),
      1,
    ],
    [
      "the request is lost",
      proxy => proxy.toxic("up", { kind: "swallow" }, { when: says(START), times: 1 }),
      2,
    ],
    [
      "the request is reset",
      proxy => proxy.toxic("up", { kind: "reset" }, { when: says(START), times: 1 }),
      2,
    ],
    [
      "the request comes after the second one",
      proxy => {
        const held = proxy.toxic("up", { kind: "hold" }, { when: says(START), times: 1 })
        const again = proxy.toxic("down", { kind: "slow-close", ms: 0 }, { when: says(START) })
        void until("the second is under way", () => again.used() === 2).then(() => held.remove())
      },
      2,
    ],
  ] as const satisfies readonly [string, (proxy: ToxicProxy) => void, number][]
).map(([name, toxics, start]) => ({
  name: `start: ${name}`,
  change: startTask,
  running: false,
  toxics,
  words: RUNS,
  starts: 1,
  sent: { start, stop: 0 },
  state: "RUNNING",
}))

const STOPS: readonly Row[] = (
  [
    ["the answer is lost", proxy => proxy.toxic("down", { kind: "swallow" }, { when: says(STOP) }), 1],
    [
      "the answer is cut",
      proxy => proxy.toxic("down", { kind: "limit", bytes: 150 }, { when: says(STOP) }),
      1,
    ],
    ["a reset comes instead", proxy => proxy.toxic("down", { kind: "reset" }, { when: says(STOP) }), 1],
    ["the request comes twice", proxy => proxy.toxic("up", { kind: "duplicate" }, { when: says(STOP) }), 1],
    [
      "the request is lost",
      proxy => proxy.toxic("up", { kind: "swallow" }, { when: says(STOP), times: 1 }),
      2,
    ],
  ] as const satisfies readonly [string, (proxy: ToxicProxy) => void, number][]
).map(([name, toxics, stop]) => ({
  name: `stop: ${name}`,
  change: stopTask,
  running: true,
  toxics,
  words: /^changed STOPPED$/,
  starts: 0,
  sent: { start: 0, stop },
  state: "STOPPED",
}))

const OTHERS: readonly Row[] = [
  {
    name: "restart: both answers are lost",
    change: restartTask,
    running: true,
    toxics: proxy => {
      proxy.toxic("down", { kind: "swallow" }, { when: says(START) })
      proxy.toxic("down", { kind: "swallow" }, { when: says(STOP) })
    },
    words: RUNS,
    starts: 1,
    sent: { start: 1, stop: 1 },
    state: "RUNNING",
  },
  {
    name: "restart: the stop is held until the start was made, and stops what was started",
    change: restartTask,
    running: true,
    toxics: proxy => {
      const held = proxy.toxic("up", { kind: "hold" }, { when: says(STOP), times: 1 })
      // The program must be past its exec: a signal in the first milliseconds after the fork is lost.
      void until("the start is made", () => sentSince(proxy, START, READ) >= 3).then(() => held.remove())
    },
    words: /^failed it was started, and then stopped from outside$/,
    starts: 1,
    sent: { start: 1, stop: 2 },
    state: "STOPPED",
  },
  {
    name: "start: nothing is heard from the start on",
    change: startTask,
    running: false,
    toxics: proxy => {
      const start = proxy.toxic("down", { kind: "swallow" }, { when: says(START) })
      proxy.toxic("down", { kind: "swallow" }, { when: () => start.used() > 0 })
    },
    words: UNKNOWN,
    starts: 1,
    sent: { start: 1, stop: 0 },
    state: "RUNNING",
    deadline: 2_000,
  },
  {
    name: "stop: nothing arrives from the stop on",
    change: stopTask,
    running: true,
    toxics: proxy => {
      const stop = proxy.toxic("up", { kind: "swallow" }, { when: says(STOP) })
      proxy.toxic("up", { kind: "swallow" }, { when: () => stop.used() > 0 })
    },
    words: UNKNOWN,
    starts: 0,
    sent: { start: 0, stop: 1 },
    state: "RUNNING",
    deadline: 2_000,
  },
]

export const ROWS: readonly Row[] = [...STARTS, ...STOPS, ...OTHERS]
