import { existsSync, readFileSync } from "node:fs"
import { SourceMap, type SourceMapPayload } from "node:module"

/**
 * The stack of an error with the places of our sources, `src/cluster/load.ts:27:18`, in place of those of the bundle. What no source
 * map beside its file knows stays as it is.
 */
export function sourceStack(stack: string): string {
  return stack.replace(PLACE, (place, file: string, line: string, column: string) => {
    const found = mapOf(file)?.findEntry(Number(line) - 1, Number(column) - 1)
    if (found === undefined || !("originalSource" in found)) return place
    const source = found.originalSource.replace(/^(\.\.\/)+/, "")
    return `${source}:${found.originalLine + 1}:${found.originalColumn + 1}`
  })
}

const PLACE = /(\/[^\s():]+\.js):(\d+):(\d+)/g

const maps = new Map<string, SourceMap | undefined>()

function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) maps.set(file, readMap(`${file}.map`))
  return maps.get(file)
}

function readMap(file: string): SourceMap | undefined {
  if (!existsSync(file)) return undefined
  return new SourceMap(JSON.parse(readFileSync(file, "utf8")) as SourceMapPayload)
}
