import { setTimeout as sleep } from "node:timers/promises"
import { isSameProcess, type LiveProcess, readProcess } from "./process-identity.js"

/** How a process is asked to end, as its program's settings say it. */
export interface Stopping {
  /** A signal's name without SIG. */
  readonly stopsignal: string
  /** Seconds until SIGKILL. */
  readonly stopwaitsecs: number
}

/** What `endProcess` does to the world. */
export interface Hands {
  look(pid: number): Promise<LiveProcess | undefined>
  /** Throws as `process.kill` does; a negative pid is a group. */
  kill(pid: number, signal: string): void
  pause(milliseconds: number): Promise<void>
  /** Milliseconds that only grow. */
  now(): number
}

const HOST: Hands = {
  look: readProcess,
  kill: (pid, signal) => void process.kill(pid, signal),
  pause: milliseconds => sleep(milliseconds),
  now: () => performance.now(),
}

const POLL = 50
// What lives on after SIGKILL hangs in the kernel, most often on a disk that does not answer.
const KILLED = 10_000

/** Ends a process, with its group where it leads one: its stop signal, then SIGKILL. False when it lives on all the same. */
export async function endProcess(process: LiveProcess, how: Stopping, hands: Hands = HOST): Promise<boolean> {
  if (await signalled(process, `SIG${how.stopsignal}`, how.stopwaitsecs * 1_000, hands)) return true
  return signalled(process, "SIGKILL", KILLED, hands)
}

/** Sends a signal and waits for the end; true when it came. */
async function signalled(
  process: LiveProcess,
  signal: string,
  patience: number,
  hands: Hands,
): Promise<boolean> {
  const gone = async () => !isSameProcess(process, await hands.look(process.pid))
  // Looked at before each signal, for its pid may be another's by now.
  if (await gone()) return true
  try {
    hands.kill(process.group === process.pid ? -process.pid : process.pid, signal)
  } catch (error) {
    // It may belong to another user. One that has just ended is found to be gone below.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") return false
  }
  const end = hands.now() + patience
  while (!(await gone())) {
    if (hands.now() >= end) return false
    await hands.pause(POLL)
  }
  return true
}
