import { randomFillSync } from "node:crypto"
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Bench, Experiment } from "../bench.js"
import { type Goal, judged } from "../line.js"
import type { Run } from "../measure/command.js"
import { runCommand } from "../measure/run-command.js"
import { median, type Sample } from "../measure/sample.js"
import { speed, times } from "../write.js"

const FILES = 10_000
const FILE_SIZE = 20_000
const UNPACK = fileURLToPath(new URL("../clients/unpack.js", import.meta.url))
const GOAL: Goal = { limit: 0.7, more: true, write: times }

/** Speeds are in bytes of content. `tar` leaves them to the page cache, and minos has them on the disk when it is done. */
export const unpacking: Experiment = {
  name: "unpacking",
  measure: async bench => {
    const archive = await makeArchive(bench)
    let made = 0
    // A new folder each time, for a file system is slow where much was just removed.
    const into = async (words: (folder: string) => readonly string[]): Promise<Run> => {
      const folder = join(bench.folder, `out-${made++}`)
      mkdirSync(folder)
      return runCommand({ words: words(folder) }, [])
    }
    const { ours, tar } = await bench.compare({
      ours: () => into(folder => [process.execPath, UNPACK, archive, join(folder, "package")]),
      tar: () => into(folder => ["tar", "-xzf", archive, "-C", folder]),
    })
    const bytes = FILES * FILE_SIZE
    const [ourSpeed, tarSpeed] = [bytes / secondsTold(ours), bytes / tar.wall]
    return [
      {
        what: `unpacking a .tar.gz of ${FILES} files, ${speed(statSync(archive).size).replace("/s", "")}`,
        minos: speed(ourSpeed),
        compared: `\`tar -xz\`: ${speed(tarSpeed)}`,
        ...judged(ourSpeed / tarSpeed, GOAL),
      },
    ]
  },
}

/** An agent that unpacks has long been started. */
function secondsTold({ runs }: Sample): number {
  return median(runs.map(run => Number(run.stdout)))
}

/** Content that can be packed to about half, as programs can. */
async function makeArchive(bench: Bench): Promise<string> {
  const content = join(bench.folder, "content")
  const bytes = Buffer.alloc(FILE_SIZE, "The quick brown fox jumps over the lazy dog. ")
  for (let n = 0; n < FILES; n++) {
    const folder = join(content, "package", String(n % 100))
    if (n < 100) mkdirSync(folder, { recursive: true })
    randomFillSync(bytes, 0, FILE_SIZE / 2)
    writeFileSync(join(folder, `${n}.bin`), bytes)
  }
  const archive = join(bench.folder, "package.tar.gz")
  await runCommand({ words: ["tar", "-czf", archive, "-C", content, "package"] }, [])
  rmSync(content, { recursive: true })
  return archive
}
