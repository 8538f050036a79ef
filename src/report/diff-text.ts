/** A value that is another one, or is not there, on one of two sides. */
export interface Difference {
  readonly key: string
  readonly before?: { readonly value: string; readonly place: string }
  readonly after?: { readonly value: string; readonly place: string }
}

/** `- key: old (FILE:LINE:COL)` and `+ key: new (FILE:LINE:COL)` */
export function fileDiffLines(differences: readonly Difference[]): readonly string[] {
  return differences.flatMap(({ key, before, after }) => [
    ...(before ? [`- ${key}: ${before.value} (${before.place})`] : []),
    ...(after ? [`+ ${key}: ${after.value} (${after.place})`] : []),
  ])
}
