/** Colours for one stream; each repeats what the words say already. */
export interface Palette {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly warn: (text: string) => string
  readonly dim: (text: string) => string
  readonly bold: (text: string) => string
}

const plain = (text: string): string => text

/** No colours: for a pipe, a file, NO_COLOR. */
export const PLAIN: Palette = { good: plain, bad: plain, warn: plain, dim: plain, bold: plain }
