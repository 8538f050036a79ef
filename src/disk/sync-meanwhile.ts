import { syncFileSystem } from "./sync-file-system.js"

const EVERY_BYTES = 32 * 1024 * 1024
/** What a new file costs the disk besides its content, roughly. */
const FILE_BYTES = 8 * 1024

/** To be told the size of each file that was written. */
export type Wrote = (bytes: number) => void

/**
 * Does work that writes much below `folder`, and syncs the file system while it goes on and after it, so that little is left for
 * the end. Work that tells of nothing is not worth it. True when all of it is on the disk; false when that is not known (see
 * `syncFileSystem`). Throws what the work throws.
 */
export async function syncMeanwhile(
  folder: string,
  work: (wrote: Wrote) => Promise<void>,
  sync: typeof syncFileSystem = syncFileSystem,
): Promise<boolean> {
  let isMuch = false
  let unsynced = 0
  let running: Promise<void> | undefined
  // What fails once is not told again by the next one.
  let allWell = true

  function wrote(bytes: number): void {
    isMuch = true
    unsynced += bytes + FILE_BYTES
    if (running || !allWell || unsynced < EVERY_BYTES) return
    unsynced = 0
    running = sync(folder).then(isWell => {
      running = undefined
      allWell &&= isWell
    })
  }

  try {
    await work(wrote)
  } finally {
    await running
  }
  return isMuch && allWell && (await sync(folder))
}
