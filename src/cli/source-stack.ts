import { existsSync, readFileSync } from "node:fs"
import { SourceMap, type SourceMapPayload } from "node:module"
import { join } from "node:path"

/** As stacks name it, wherever it lies (bin/load.js). */
const BUNDLE = "dist/bundle/minos.js"
const PLACE = /\bdist\/bundle\/minos\.js:(\d+):(\d+)/g

/**
 * The stack of an error with the places of our sources, `src/cluster/load.ts:27:18`, in place of those of the bundle. What its source
 * map does not know stays as it is. `root` is the folder of package.json.
 */
export function sourceStack(stack: string, root: string): string {
  const map = stack.includes(BUNDLE) ? readMap(join(root, `${BUNDLE}.map`)) : undefined
  return stack.replace(PLACE, (place, line: string, column: string) => {
    const found = map?.findEntry(Number(line) - 1, Number(column) - 1)
    if (found === undefined || !("originalSource" in found)) return place
    const source = found.originalSource.replace(/^(\.\.\/)+/, "")
    return `${source}:${found.originalLine + 1}:${found.originalColumn + 1}`
  })
}

function readMap(file: string): SourceMap | undefined {
  if (!existsSync(file)) return undefined
  return new SourceMap(JSON.parse(readFileSync(file, "utf8")) as SourceMapPayload)
}
