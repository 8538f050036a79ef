import { TemplateFault } from "./problem.js"

/** What one template may take. Counted and not timed, so that a template which works on one machine works on all. */
export const LIMITS = {
  /** UTF-16 units of the template itself. */
  text: 1024 * 1024,
  /** Variables, tags and the pieces of text between them. */
  pieces: 10_000,
  /** Tags inside one another. */
  depth: 50,
  /** Pieces put out in one rendering, those in a loop each time, and rounds of loops. */
  steps: 200_000,
  /** UTF-16 units of text and items of lists that filters, ranges and comparisons go through in one rendering. */
  work: 2 * 1024 * 1024,
  /** Bytes of UTF-8 that come out. */
  output: 1024 * 1024,
} as const

/** Counts what one rendering takes; a call that goes over the limit throws a TemplateFault. */
export interface Budget {
  step(): void
  /** Named as the limiter of the library, for which it stands in. */
  use(amount: number): void
}

export function newBudget(): Budget {
  let steps = 0
  let work = 0
  return {
    step() {
      if (++steps > LIMITS.steps) throw overLimit(`it takes more than ${LIMITS.steps} steps`)
    },
    use(amount) {
      if (!(Number(amount) > 0)) return
      work += Number(amount)
      if (work > LIMITS.work)
        throw overLimit("its filters and ranges go through more than 2 MiB of text and items")
    },
  }
}

/** Takes the pieces of a text; over the limit it throws a TemplateFault. */
export interface Output {
  buffer: string
  write(text: string): void
}

export function newOutput(): Output {
  return {
    buffer: "",
    write(text) {
      if (this.buffer.length + text.length > LIMITS.output) throw tooMuchText()
      this.buffer += text
    },
  }
}

export function tooMuchText(): TemplateFault {
  return overLimit("its result is larger than 1 MiB")
}

/** A template that goes over a limit: `what` follows "this template is too much: ". */
export function overLimit(what: string): TemplateFault {
  return new TemplateFault({
    code: "TEMPLATE_LIMIT",
    message: `this template is too much: ${what}`,
    hint: "Loop over less, or split it into several.",
  })
}
