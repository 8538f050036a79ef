import { Args } from "@oclif/core"

/** An argument. One that is left out is not read from stdin, as oclif would: whoever calls minos in a loop has other lines there. */
export const word = Args.custom<string>({ ignoreStdin: true })
