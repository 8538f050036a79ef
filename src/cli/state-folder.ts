import { homedir } from "node:os"
import { join } from "node:path"

/** Where minos keeps what it must remember on this machine: the journals of its runs, and locks. */
export function stateFolder(env: Readonly<Record<string, string | undefined>>): string {
  return env.MINOS_STATE_DIR || join(env.XDG_STATE_HOME || join(homedir(), ".local/state"), "minos")
}
