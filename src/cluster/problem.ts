/** Every way a cluster file can be wrong. A code never changes its meaning; the words beside it may. */
export type ProblemCode =
  | "FILE_NOT_FOUND"
  | "FILE_NOT_READABLE"
  | "FILE_TOO_BIG"
  | "FILE_ENCODING"
  | "OUTSIDE_ROOT"
  | "EXTENDS_CYCLE"
  | "CFG_BASE"
  | "CFG_SYNTAX"
  | "TOO_MANY_FILES"
  | "YAML_SYNTAX"
  | "YAML_TAB"
  | "YAML_DEPTH"
  | "YAML_ALIAS"
  | "YAML_TAG"
  | "YAML_DIRECTIVE"
  | "YAML_KEY"
  | "YAML_EMPTY"
  | "YAML_DOCUMENTS"
  | "YAML_NOT_A_MAP"
  | "DUPLICATE_KEY"
  | "RESERVED_KEY"
  | "CONTROL_CHARACTER"
  | "SECRET_SYNTAX"
  | "SECRET_MISSING"
  | "SECRET_MODE"
  | "SECRET_NOT_ALLOWED"
  | "UNKNOWN_KEY"
  | "MISSING_KEY"
  | "WRONG_TYPE"
  | "BAD_VALUE"
  | "BAD_NAME"
  | "BAD_ADDRESS"
  | "BAD_RANGE"
  | "RANGE_MISMATCH"
  | "TOO_MANY_HOSTS"
  | "TOO_MANY_TASKS"
  | "DUPLICATE_HOST"
  | "DUPLICATE_ENDPOINT"
  | "DUPLICATE_PROGRAM"
  | "AMBIGUOUS_NAME"
  | "UNKNOWN_HOST"
  | "JOB_KIND"
  | "BAD_COMMAND"
  | "SOCKET_SETTINGS"
  | "CREDENTIALS"
  | "UNKNOWN_JOB"
  | "UNKNOWN_REGION"
  | "JOB_CYCLE"
  | "STEP_KIND"
  | "NEEDS_RELEASE"
  | "WAVES"
  | "DEADLINES"
  | "FLOOR"
  | "TEMPLATE_SYNTAX"
  | "UNKNOWN_VARIABLE"
  | "TEMPLATE_VALUE"
  | "TEMPLATE_LIMIT"
  | "UNKNOWN_CLUSTER"
  | "FILE_CONTENT"
  | "FILE_KIND"
  | "PATH"
  | "PORTS"
  | "PORT_CLASH"
  | "ROOT_USER"

/** One thing that is wrong in a cluster file, for a person who has to mend it. */
export interface Problem {
  readonly code: ProblemCode
  /** The file as the operator named it. */
  readonly file: string
  /** From 1; 0 when the problem is the file as a whole. */
  readonly line: number
  readonly col: number
  /** What is wrong. One line, printable, without secrets, no full stop at its end. */
  readonly message: string
  /** What to do, with a full stop unless it ends with the text to write. */
  readonly hint?: string
}

/** `FILE:LINE:COL message. Hint` */
export function formatProblem(problem: Problem): string {
  const place = problem.line === 0 ? `${problem.file}:` : placeText(problem)
  return problem.hint === undefined
    ? `${place} ${problem.message}`
    : `${place} ${problem.message}. ${problem.hint}`
}

/** The place of a problem: `FILE:LINE:COL`. */
export function placeText({ file, line, col }: Problem): string {
  return `${file}:${line}:${col}`
}

/** `first`, and of the others those that stand elsewhere: a value with a line break in it is no good name either. */
export function withoutEchoes(first: readonly Problem[], others: readonly Problem[]): readonly Problem[] {
  const places = new Set(first.map(placeText))
  return [...first, ...others.filter(problem => !places.has(placeText(problem)))]
}

/** Sorted by where they stand: file by file, in the order in which the files come up. */
function byPosition(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map(problem => problem.file))]
  const rank = new Map(files.map((file, i) => [file, i]))
  const fileOf = ({ file }: Problem): number => rank.get(file) ?? 0
  return [...problems].sort((a, b) => fileOf(a) - fileOf(b) || a.line - b.line || a.col - b.col)
}

/** The cluster file cannot be used; `problems` says why, in the order of the file, at least one. */
export class ClusterFileError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    const sorted = byPosition(problems)
    super(sorted.map(formatProblem).join("\n"))
    this.name = "ClusterFileError"
    this.problems = sorted
  }
}
