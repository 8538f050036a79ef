import type { Program } from "../backend.js"
import type { Clock } from "./clock.js"
import { type Launched, launch } from "./launch.js"
import { type Action, NEVER_STARTED, type ProcessEvent, type Status, step } from "./state.js"

/** One supervised program: the state machine with its process, its timer and those who wait for it. */
export interface Child {
  readonly program: Program
  status(): Status
  /** Lets an event happen; what it says nothing to is left as it is. */
  send(event: ProcessEvent): void
  /** The first status, from now on, that passes the test. */
  until(test: (status: Status) => boolean): Promise<Status>
  /** Sends a signal to the process alone; an error message when that is not allowed. */
  signal(number: number): string | undefined
  /** Gives bytes to its standard input; false when it does not take them. */
  write(bytes: Buffer): Promise<boolean>
}

export interface ChildOptions {
  /** What stands before its command, for a program that runs as another user. */
  readonly as?: readonly string[] | undefined
  readonly clock: Clock
  readonly log: (message: string) => void
}

/** A program that is not running yet. */
export function createChild(program: Program, { clock, log, as = [] }: ChildOptions): Child {
  let status = NEVER_STARTED
  let launched: Launched | undefined
  let cancelWait = (): void => {}
  const waiting = new Set<() => void>()

  const send = (event: ProcessEvent, now = clock.now()): void => {
    const next = step(status, event, program.settings, now)
    if (next === undefined) return
    cancelWait()
    if (next.status.state !== status.state) log(changeText(program.name, next.status))
    status = next.status
    if (next.wait !== undefined) cancelWait = clock.after(next.wait, () => send({ kind: "due" }))
    for (const action of next.actions) act(action)
    for (const look of [...waiting]) look()
  }

  const act = (action: Action): void => {
    if (action.kind === "spawn") spawn()
    else if (trySignal(action.signal, action.group) !== undefined) send({ kind: "not-signalled" })
  }

  const spawn = (): void => {
    let end = clock.now()
    launched = launch(program, as, {
      failed: why => send({ kind: "not-spawned", why }),
      // A dead process neither becomes RUNNING nor needs SIGKILL while its last output is written.
      gone: () => {
        end = clock.now()
        cancelWait()
      },
      exited: code => {
        launched = undefined
        send({ kind: "exited", code }, end)
      },
      log: message => log(`${program.name}: ${message}`),
    })
    if (launched !== undefined) send({ kind: "spawned", pid: launched.pid })
  }

  const trySignal = (signal: string | number, group: boolean): string | undefined => {
    try {
      launched?.signal(signal, group)
      return undefined
    } catch (error) {
      const why = `unknown problem sending sig ${signal} (${program.name}): ${(error as Error).message}`
      log(why)
      return why
    }
  }

  return {
    program,
    status: () => status,
    send: event => send(event),
    until: test =>
      new Promise(resolve => {
        const look = (): void => {
          if (!test(status)) return
          waiting.delete(look)
          resolve(status)
        }
        waiting.add(look)
        look()
      }),
    signal(number) {
      const why = trySignal(number, false)
      if (why !== undefined) send({ kind: "not-signalled" })
      return why
    },
    write: async bytes => (await launched?.write(bytes)) ?? false,
  }
}

function changeText(name: string, { state, spawnerr, exitstatus }: Status): string {
  switch (state) {
    case "BACKOFF":
    case "FATAL":
      return `${name} is ${state}: ${spawnerr}`
    case "EXITED":
      return `${name} is EXITED with status ${exitstatus}`
    default:
      return `${name} is ${state}`
  }
}
