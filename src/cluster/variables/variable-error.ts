import type { SourceFile } from "../located.js"
import type { ProblemCode } from "../problem.js"

/** What is wrong with a variable, and exactly where. */
export interface VariableProblem {
  readonly code: ProblemCode
  readonly at: { readonly from: SourceFile; readonly offset: number }
  readonly message: string
  readonly hint?: string | undefined
}

/** Thrown while a template reads a variable that is itself made of variables. */
export class VariableError extends Error {
  readonly problem: VariableProblem

  constructor(problem: VariableProblem) {
    super(problem.message)
    this.problem = problem
  }
}

/** Thrown when a template names a cluster that cannot be read; whoever reads the template knows where it stands. */
export class OtherClusterError extends Error {
  readonly code = "UNKNOWN_CLUSTER"
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}
