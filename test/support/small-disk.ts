import { execFileSync } from "node:child_process"
import { mkdtemp, rmdir } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestContext } from "vitest"

/** Runs a test on a file system of `size` (`1m`), which is gone afterwards; skips it where nothing can be mounted. */
export async function withSmallDisk(
  context: TestContext,
  size: string,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "minos-small-disk-"))
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "minos-test", folder], { stdio: "pipe" })
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
