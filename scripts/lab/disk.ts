import { mkdir, readFile, truncate, writeFile } from "node:fs/promises"
import { attempt, must } from "./command.js"

/** The disk of a host: an ext4 file system in a file. */
export interface Disk {
  readonly image: string
  /** Where it is mounted. */
  readonly folder: string
}

const BYTES = 64 * 1024 ** 2
const INODES = 6_000

/** Makes a disk and mounts it. Needs root. */
export async function makeDisk(disk: Disk): Promise<Disk> {
  await mkdir(disk.folder, { recursive: true })
  await writeFile(disk.image, "")
  await truncate(disk.image, BYTES)
  await must(["mkfs.ext4", "-q", "-m", "0", "-N", String(INODES), disk.image])
  await mountDisk(disk)
  return disk
}

/** Mounts a disk as a host does when it starts: repaired where it has to be. */
export async function mountDisk({ image, folder }: Disk): Promise<void> {
  // It ends with 1 when it repaired something, which is what it is for.
  await attempt(["e2fsck", "-p", image])
  await must(["mount", "-o", "loop,errors=remount-ro", image, folder])
}

/** Everything that was not synced is lost, and nothing more can be read or written until it is mounted anew. */
export async function cutDisk({ folder }: Disk): Promise<void> {
  await must(["xfs_io", "-x", "-c", "shutdown", folder])
}

/** An error of the disk, after which the kernel lets it be read only. */
export async function breakDisk({ folder }: Disk): Promise<void> {
  const device = (await must(["findmnt", "-no", "SOURCE", folder])).trim().split("/").pop()
  await writeFile(`/sys/fs/ext4/${device}/trigger_fs_error`, "1")
}

/** Unmounts whatever is mounted below a folder, and gives the loop devices of files in it back. */
export async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readFile("/proc/mounts", "utf8")).split("\n").map(line => line.split(" ")[1] ?? "")
  for (const mount of mounts.reverse()) if (mount.startsWith(`${folder}/`)) await attempt(["umount", mount])
  const { stdout } = await attempt(["losetup", "-a"])
  for (const [, device] of stdout.matchAll(new RegExp(`^(/dev/loop\\d+): .*\\(${folder}/`, "gm")))
    await attempt(["losetup", "-d", device!])
}
