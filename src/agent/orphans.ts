import { programName, type TaskKey } from "../model/deployment.js"
import type { ProcessInfo } from "../model/process.js"
import type { Layout } from "./layout.js"
import { isSameProcess, type LiveProcess, readProcess, readRecorded } from "./process-identity.js"

/** Processes of tasks that run without a supervisor: it was killed, and its children live on. */
export interface Orphans {
  /** The process that the task's start script became last, if it lives; most often its supervisor knows it. */
  recorded(key: TaskKey): Promise<LiveProcess | undefined>
  /**
   * The task's process, if it lives and the supervisor does not count it as its own. `processes` asks the supervisor, only
   * when there is a need, and its failure is passed on.
   */
  find(key: TaskKey, processes: () => Promise<readonly ProcessInfo[]>): Promise<LiveProcess | undefined>
}

/** The orphans of the tasks below a root folder. */
export function orphansBelow(layout: Layout): Orphans {
  const recorded = (key: TaskKey) => readRecorded(layout.task(key).process)
  return {
    recorded,
    find: async (key, processes) => {
      // In this order: what recorded itself before the supervisor was asked is known to it, if it is its child.
      const live = await recorded(key)
      if (!live) return undefined
      const supervised = (await processes()).find(({ name }) => name === programName(key))
      return isOrphan(live, supervised?.pid ?? 0, await readProcess(live.pid)) ? live : undefined
    },
  }
}

/**
 * True for a process that recorded itself, that a supervisor, asked after that, has under another pid or none (0), and that
 * lives still: `now` is what has its pid after the answer.
 */
export function isOrphan(recorded: LiveProcess, supervised: number, now: LiveProcess | undefined): boolean {
  return recorded.pid !== supervised && isSameProcess(recorded, now)
}
