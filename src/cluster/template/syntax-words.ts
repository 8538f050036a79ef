import { printable } from "../../model/visible.js"
import type { Finding, Place, Spot } from "./problem.js"
import { INNER_TAGS } from "./tags.js"

/** Plain words for a syntax error of the library and the place that they are about; `token` is the one that it names. */
export function syntaxWords(raw: string, token: Spot, text: string): Finding & Place {
  const message = raw.replace(/, line:\d+, col:\d+$/, "")
  for (const { says, words } of ROWS) {
    const found = says.exec(message)
    if (found !== null)
      return { code: "TEMPLATE_SYNTAX", ...placeIn(text, token), ...words(found, token, text) }
  }
  return {
    code: "TEMPLATE_SYNTAX",
    ...placeIn(text, token),
    message: `this is not a valid template: ${printable(message)}`,
  }
}

interface Row {
  readonly says: RegExp
  readonly words: (
    found: RegExpExecArray,
    token: Spot,
    text: string,
  ) => Omit<Finding, "code"> & Partial<Place>
}

const ROWS: readonly Row[] = [
  {
    says: /^output ".*not closed$/s,
    words: () => ({
      length: 2,
      message: "this {{ is not closed",
      hint: "Add }}, and close each quote before it.",
    }),
  },
  {
    says: /^tag ".*not closed$/s,
    words: () => ({ length: 2, message: "this {% is not closed", hint: "Add %}." }),
  },
  {
    says: /^tag \{%-?\s*([\w#]+).*not closed$/s,
    words: ([, name = ""]) => ({
      message: `{% ${name} %} is not closed`,
      hint: `Add {% ${INNER_TAGS[name]?.at(-1) ?? `end${name}`} %}.`,
    }),
  },
  {
    says: /^raw .*not closed$/s,
    words: (_, { begin }, text) => {
      const offset = Math.max(0, text.lastIndexOf("{%", begin - 1))
      const length = begin - offset
      return { offset, length, message: "{% raw %} is not closed", hint: "Add {% endraw %}." }
    },
  },
  {
    says: /tag name expected$/,
    words: () => ({ message: "there is no name of a tag after {%", hint: "Write it like {% if vars.x %}." }),
  },
  {
    says: /^invalid value expression|^unexpected token .* value expected$/s,
    words: () => ({
      message: "a value is missing here",
      hint: 'Write a name such as task.port, a number, or a text in quotes: "a".',
    }),
  },
  {
    says: /^expected "\|" before filter$/,
    words: (_, { begin }, text) => leftover(begin - 1, text),
  },
  {
    says: /^expected filter name$/,
    words: () => ({ message: "there is no name of a filter after |", hint: "Write it like | upcase." }),
  },
  {
    says: /^expected ":" after filter name$|^unexpected character/,
    words: (_, { begin }, text) => ({
      ...leftover(begin, text),
      hint: 'Filters are written | replace: "a", "b": a colon first, commas between.',
    }),
  },
  {
    says: /^\[ not closed$/,
    words: () => ({ message: "a [ is not closed", hint: "Add ]." }),
  },
  {
    says: /^invalid range syntax$/,
    words: () => ({
      message: "a parenthesis that is no range",
      hint: "Only ranges such as (1..3) are written with ( ). Conditions and filters go from left to right without.",
    }),
  },
  {
    says: /^illegal tag:/,
    words: () => ({ message: "this is not how for is written", hint: "Write {% for task in job.tasks %}." }),
  },
  {
    says: /^expected (variable name|"=")$/,
    words: () => ({
      message: "this is not how assign is written",
      hint: 'Write {% assign name = "value" %}.',
    }),
  },
  {
    says: /^invalid capture name$/,
    words: () => ({ message: "this is not how capture is written", hint: "Write {% capture name %}." }),
  },
  {
    says: /^(unexpected elsif after else|duplicated else)$/,
    words: () => ({
      message: "else is the last branch of an if",
      hint: "Take out this branch, or move it up.",
    }),
  },
  {
    says: /inline comment/,
    words: () => ({
      message: "each line of this comment must start with #",
      hint: "Or write {% comment %} ... {% endcomment %}.",
    }),
  },
]

/** Words that follow what was complete already. */
export function leftover(begin: number, text: string): Omit<Finding, "code"> & Place {
  const end = text.slice(begin).search(/\s*-?[%}]\}/)
  return {
    ...placeIn(text, { begin, end: end < 0 ? text.length : begin + end }),
    message: "there is text here that belongs to nothing",
    hint: 'Texts stand in quotes, filters after |, and conditions are joined with "and" or "or".',
  }
}

// To the end of the line: the rest of a long text says nothing.
function placeIn(text: string, { begin, end }: Spot): Place {
  const line = text.slice(begin, end).search(/\n/)
  return { offset: begin, length: line < 0 ? end - begin : line }
}
