import { mkdir, rm, statfs, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { breakDisk, type Disk } from "../disk.js"
import type { Fault } from "../fault.js"
import type { LabHost } from "../host.js"

/** What goes wrong with the disk of a host. */
export const DISK_FAULTS: readonly Fault[] = [
  {
    name: "power-cut",
    needs: ["supervisord", "loop", "shutdown"],
    scope: "host",
    restarts: true,
    inject: host => host.powerOff(),
    heal: host => host.powerOn(),
  },
  {
    name: "disk-full",
    needs: ["loop"],
    scope: "host",
    restarts: false,
    inject: host => fillBytes(diskOf(host)),
    heal: host => rm(fillerOf(diskOf(host)), { recursive: true, force: true }),
  },
  {
    name: "inodes-gone",
    needs: ["loop"],
    scope: "host",
    restarts: false,
    inject: host => fillInodes(diskOf(host)),
    heal: host => rm(fillerOf(diskOf(host)), { recursive: true, force: true }),
  },
  {
    name: "read-only",
    needs: ["supervisord", "loop", "shutdown", "disk-error"],
    scope: "host",
    restarts: true,
    inject: host => breakDisk(diskOf(host)),
    // What the kernel made read-only after an error stays so until the disk was checked: the host has to be started anew.
    heal: async host => {
      await host.powerOff()
      await host.powerOn()
    },
  },
]

async function fillBytes(disk: Disk): Promise<void> {
  const { bavail, bsize } = await statfs(disk.folder)
  // In pieces, since a write that finds too little room for all of it may leave some.
  for (let size = bavail * bsize; size >= bsize; size = Math.floor(size / 2))
    await writeFile(fillerOf(disk), Buffer.alloc(size), { flag: "a" }).catch(() => {})
}

async function fillInodes(disk: Disk): Promise<void> {
  const filler = fillerOf(disk)
  await mkdir(filler)
  const { ffree } = await statfs(disk.folder)
  for (let n = 0; n <= ffree; n++) {
    const made = await writeFile(join(filler, String(n)), "").then(
      () => true,
      () => false,
    )
    if (!made) return
  }
}

function fillerOf({ folder }: Disk): string {
  return join(folder, "filler")
}

function diskOf({ name, disk }: LabHost): Disk {
  if (!disk) throw new Error(`${name} has no disk of its own`)
  return disk
}
