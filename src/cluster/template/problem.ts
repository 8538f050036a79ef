/** Every way a template can be wrong. A code never changes its meaning; the words beside it may. */
export type TemplateCode =
  /** The text is no template: an unclosed brace or tag, an unknown tag or filter, words in the wrong place. */
  | "TEMPLATE_SYNTAX"
  /** A name that is not there. */
  | "UNKNOWN_VARIABLE"
  /** A value of a kind that cannot stand there, such as a map where a text is put out. */
  | "TEMPLATE_VALUE"
  /** Too long, too deep, too much work, or too much text. */
  | "TEMPLATE_LIMIT"

/** What is wrong in a template, for a person who has to mend it. */
export interface TemplateProblem extends Place, Finding {
  readonly kind: "problem"
}

/** Where in the text of a template, in UTF-16 units. */
export interface Place {
  readonly offset: number
  readonly length: number
}

/** What is wrong, wherever it stands. */
export interface Finding {
  readonly code: TemplateCode
  /** One line, printable, no full stop at its end. */
  readonly message: string
  /** What to do about it: sentences. */
  readonly hint?: string | undefined
}

/** Carries a finding out of the library; whoever knows the place adds it. Never leaves this folder. */
export class TemplateFault extends Error {
  constructor(
    readonly finding: Finding,
    readonly place?: Place,
  ) {
    super(finding.message)
    this.name = "TemplateFault"
  }
}

/** Carries what a getter of the scope threw out of the library, untouched. Never leaves this folder. */
export class GetterFault extends Error {
  constructor(readonly thrown: unknown) {
    super("a getter of the scope threw")
    this.name = "GetterFault"
  }
}

/** A token of the library, as far as it says where it stands. */
export interface Spot {
  readonly begin: number
  readonly end: number
}

/** Where a token stands. */
export function placeOf(token: Spot): Place {
  return { offset: token.begin, length: token.end - token.begin }
}
