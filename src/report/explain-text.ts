import type { Palette } from "./palette.js"

/** Who says what, for people. */
export interface Explained {
  readonly key: string
  readonly values: readonly {
    readonly key: string
    readonly said: readonly {
      readonly value?: string
      readonly file: string
      readonly line: number
      readonly col: number
    }[]
  }[]
  readonly about?: string
}

/** `jobs.web.startsecs: 30`, and below it where that is said and what it overrides. */
export function explainLines({ key, values, about }: Explained, palette: Palette): readonly string[] {
  if (values.length === 0) return [`${key} is not set${about === undefined ? "" : `: ${about}`}`]
  return values.flatMap(({ key, said }) => {
    const [counts, ...overridden] = said
    return [
      `${key}: ${counts?.value ?? "taken away with null"}`,
      ...said.slice(0, 1).map(at => palette.dim(`  ${placeOf(at)}`)),
      ...overridden.map(at => palette.dim(`  overrides ${placeOf(at)}: ${at.value ?? "null"}`)),
    ]
  })
}

function placeOf({ file, line, col }: Explained["values"][number]["said"][number]): string {
  return `${file}:${line}:${col}`
}
