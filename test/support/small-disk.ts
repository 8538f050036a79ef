import { execFileSync } from "node:child_process"
import { appendFile, mkdir, mkdtemp, rm, rmdir, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestContext } from "vitest"

/**
 * Runs a test on a file system of `size` (`1m`) that takes so many files and folders, which is gone afterwards; skips it
 * where nothing can be mounted.
 */
export async function withSmallDisk(
  context: TestContext,
  size: string,
  use: (folder: string) => Promise<void>,
  { inodes = 0 }: { readonly inodes?: number } = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "minos-small-disk-"))
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},nr_inodes=${inodes}`, "minos-test", folder], {
      stdio: "pipe",
    })
  } catch {
    await rmdir(folder)
    return context.skip("a small disk needs root and tmpfs")
  }
  try {
    await use(folder)
  } finally {
    execFileSync("umount", ["-l", folder], { stdio: "pipe" })
    await rmdir(folder)
  }
}

/**
 * Makes a folder read-only for whoever opens something in it from now on, and gives what ends that. A mount of its own over
 * the folder, because a file system with a file that is open for writing cannot be made read-only.
 */
export function readOnly(folder: string): () => void {
  execFileSync("mount", ["--bind", folder, folder], { stdio: "pipe" })
  execFileSync("mount", ["-o", "remount,bind,ro", folder], { stdio: "pipe" })
  return () => void execFileSync("umount", ["-l", folder], { stdio: "pipe" })
}

/** Takes all that is left of it, and gives it back. */
export async function fillUp(folder: string, what: "bytes" | "files"): Promise<() => Promise<void>> {
  const place = join(folder, "fill")
  await mkdir(place)
  // The last bytes go one page at a time.
  const part = Buffer.alloc(what === "bytes" ? 4_096 : 0)
  for (let n = 0; ; n++) {
    try {
      if (what === "bytes") await appendFile(join(place, "bytes"), part)
      else await writeFile(join(place, `${n}`), part)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error
      return () => rm(place, { recursive: true })
    }
  }
}
