/** Where something stands in a file of Minos. */
export interface Place {
  readonly file: string
  /** From 1. */
  readonly line: number
}

/** Why something of a file of Minos did not come over as it was. A code never changes its meaning; the words may. */
export type NoteCode =
  /** A base file, which is converted by itself. */
  | "BASE"
  /** A subtraction that Minos carried out as an addition. */
  | "MINUS"
  /** Minos put it in, and this file format has nothing like it. */
  | "NO_COUNTERPART"
  /** Minos itself did not know it, or did not read it. */
  | "UNKNOWN"
  /** A value that stood in the code or the command line of Minos: it has to be given, or looked at. */
  | "LOOK"

/** One thing that was not carried over, or not as it was, for a person who has to look at it. */
export interface Note extends Place {
  readonly code: NoteCode
  /** What it is. One line, no full stop at its end. */
  readonly message: string
  /** What to write instead, with a full stop unless it ends with the text to write. */
  readonly hint: string
}

/** `FILE:LINE message. Hint` */
export function formatNote({ file, line, message, hint }: Note): string {
  return `${file}:${line} ${message}. ${hint}`
}
