import { execFile } from "node:child_process"
import { release } from "node:os"

/**
 * Syncs all that was written to the file system of `path`, in one go, which for thousands of files is many times faster than
 * one after the other. False when that cannot be done here or did not go well: then nothing is known to be on the disk.
 */
export async function syncFileSystem(path: string): Promise<boolean> {
  if (!tellsFailures(process.platform, release())) return false
  // Node has no call for syncfs(2); coreutils have had `sync -f` since 2015, and busybox has it where it was built in.
  return new Promise(resolve => {
    try {
      execFile("sync", ["-f", "--", path], (error, _stdout, stderr) => {
        // One that does not know the option may say so, sync what it likes and end well.
        resolve(!error && stderr === "")
      })
    } catch {
      // Some of what keeps it from being started is thrown, a lack of memory for one.
      resolve(false)
    }
  })
}

/** Before 5.8, syncfs of Linux ended well also when some of it could not be written. */
export function tellsFailures(platform: string, version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return platform === "linux" && (major > 5 || (major === 5 && minor >= 8))
}
