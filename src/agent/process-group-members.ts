import { readdir } from "node:fs/promises"
import { isSameProcess, type ProcessIdentity, readProcess } from "./process-identity.js"

/**
 * The pid of a process that lives in the group which `leader` leads, or led before it ended; undefined when all have ended.
 * Knows of Linux only.
 */
export async function liveInGroup(leader: ProcessIdentity): Promise<number | undefined> {
  const now = await readProcess(leader.pid)
  // A number is given away again only when no process and no group has it any more.
  if (now) return isSameProcess(leader, now) ? now.pid : undefined
  const pids = (await readdir("/proc").catch(() => [])).filter(name => /^\d+$/.test(name)).map(Number)
  for (const pid of pids) {
    const live = await readProcess(pid)
    if (live?.group === leader.pid && live.boot === leader.boot && live.started >= leader.started) return pid
  }
  return undefined
}
