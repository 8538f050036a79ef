/**
 * An error that ends the program with words for the operator: a code that never changes, what happened, what to do,
 * and the exit code (docs/exit-codes.md).
 */
export class MinosError extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly exitCode: number

  constructor(code: string, message: string, options: { hint?: string; exitCode: number }) {
    super(message)
    this.name = "MinosError"
    this.code = code
    this.hint = options.hint
    this.exitCode = options.exitCode
  }
}
