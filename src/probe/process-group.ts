import { setTimeout as sleep } from "node:timers/promises"

const LOOK_EVERY = 20

/**
 * Ends a process group: SIGTERM, and SIGKILL for what is left after `grace` ms. The group is the one that a child spawned
 * with `detached` leads; a process that left it for a session of its own is not reached.
 */
export async function endGroup(leader: number, grace: number): Promise<void> {
  const end = performance.now() + grace
  signalGroup(leader, "SIGTERM")
  // Looked at often, so that the number of a group that ended is not signalled when the system may have given it away again.
  while (signalGroup(leader, 0)) {
    if (performance.now() >= end) {
      signalGroup(leader, "SIGKILL")
      return
    }
    await sleep(LOOK_EVERY)
  }
}

/** False when no process of the group is left. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal)
    return true
  } catch (error) {
    // EPERM: there is one, of another user.
    return (error as NodeJS.ErrnoException).code !== "ESRCH"
  }
}
