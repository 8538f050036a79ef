import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { until } from "../support/until.js"

/** A temporary folder with scripts in it, to be removed with `remove`. */
export interface Scripts {
  readonly folder: string
  /** Writes an executable file and gives its path; the first line names the interpreter, sh unless given. */
  script(name: string, text: string): Promise<string>
  /** What a script wrote into a file there, as soon as it ends with a line end. */
  written(name: string): Promise<string>
  remove(): Promise<void>
}

export async function scripts(): Promise<Scripts> {
  const folder = await mkdtemp(join(tmpdir(), "minos-probe-"))
  return {
    folder,
    async script(name, text) {
      const path = join(folder, name)
      await writeFile(path, text.startsWith("#!") ? text : `#!/bin/sh\n${text}\n`)
      await chmod(path, 0o755)
      return path
    },
    written: name =>
      until(`${name} is written`, async () => {
        const text = await readFile(join(folder, name), "utf8").catch(() => "")
        return text.endsWith("\n") && text.trim()
      }),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}
