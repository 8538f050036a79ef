import { lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { removeTree } from "../../src/disk/remove-tree.js"
import { unmountBelow } from "./disk.js"
import { removeNetworks } from "./network.js"
import { commandLine, processesWith } from "./process-table.js"

/** Takes the lab's folder for this process, and removes what a dead lab left. Throws when another lab runs. */
export async function takeFolder(folder: string): Promise<void> {
  const owner = ownerOf(folder)
  if (owner !== undefined && /lab\.js/.test(commandLine(owner)))
    throw new Error(`another lab runs here, as process ${owner}`)
  await removeAll(folder)
  mkdirSync(folder, { mode: 0o700 })
  writeFileSync(join(folder, "pid"), String(process.pid))
}

/** Removes everything of a lab: processes, networks, mounts, files. */
export async function removeAll(folder: string): Promise<void> {
  await killAll(folder)
  if (process.getuid?.() === 0) {
    await removeNetworks()
    await unmountBelow(folder)
  }
  await removeTree(folder)
}

/** Ends every process of the lab in `folder`, each by its id, and waits until none is left. */
async function killAll(folder: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const left = processesWith("MINOS_LAB", folder).filter(({ pid }) => pid !== process.pid)
    if (left.length === 0) return
    for (const { pid } of left) kill(pid)
    await sleep(50)
  }
  throw new Error("processes of the lab do not end")
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It has ended by itself.
  }
}

/** The process that has the folder, if it says so. A folder of somebody else's is refused. */
function ownerOf(folder: string): number | undefined {
  const stat = lstatSync(folder, { throwIfNoEntry: false })
  if (!stat) return undefined
  if (!stat.isDirectory() || stat.uid !== process.getuid?.())
    throw new Error(`${folder} is not a folder of this user`)
  try {
    return Number(readFileSync(join(folder, "pid"), "utf8"))
  } catch {
    return undefined
  }
}
