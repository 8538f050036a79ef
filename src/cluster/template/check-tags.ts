import { type TagToken, type Tokenizer, type TopLevelToken, TypeGuards } from "liquidjs"
import { placeOf, TemplateFault } from "./problem.js"
import { leftover } from "./syntax-words.js"

/** Before a parse: throws a TemplateFault for an `else` or an end that has more words. */
export function checkEnds(tokens: readonly TopLevelToken[]): void {
  for (const token of tagsOf(tokens)) {
    if ((token.name !== "else" && !token.name.startsWith("end")) || token.args === "") continue
    const hint = token.name === "else" ? "Write {% elsif ... %} for else if." : undefined
    throw new TemplateFault(
      { code: "TEMPLATE_SYNTAX", message: `${token.name} takes nothing, and there is more in it`, hint },
      placeOf(token),
    )
  }
}

// What these leave of their words was not understood; the others are not read, or do not care.
const READ_WHOLE: ReadonlySet<string> = new Set(["if", "elsif", "unless", "case", "for", "assign", "capture"])

/** After a parse: throws a TemplateFault for the first tag that has words which nothing read. */
export function checkRead(tokens: readonly TopLevelToken[]): void {
  for (const { name, tokenizer } of tagsOf(tokens)) {
    if (READ_WHOLE.has(name)) checkWhole(tokenizer, name)
  }
}

/** Throws a TemplateFault when the tokenizer is not at its end; `tag` is where it stands. */
export function checkWhole(tokenizer: Tokenizer, tag?: string): void {
  tokenizer.skipBlank()
  const { p, N, input } = tokenizer
  if (tokenizer.end()) {
    if (input[N - 1] !== "|") return
    throw new TemplateFault(
      {
        code: "TEMPLATE_SYNTAX",
        message: "there is no name of a filter after |",
        hint: "Write it like | upcase.",
      },
      { offset: N - 1, length: 1 },
    )
  }
  const { offset, length, message, hint } = leftover(p, input)
  const loopHint = "Use the filter before: {% assign sorted = list | sort %}{% for x in sorted %}."
  throw new TemplateFault(
    { code: "TEMPLATE_SYNTAX", message, hint: tag === "for" && input[p] === "|" ? loopHint : hint },
    { offset, length },
  )
}

/** The tags that are parsed: not those in a comment. */
function* tagsOf(tokens: readonly TopLevelToken[]): Generator<TagToken> {
  let commented = false
  for (const token of tokens) {
    if (!TypeGuards.isTagToken(token)) continue
    if (token.name === "endcomment") commented = false
    if (!commented) yield token
    if (token.name === "comment") commented = true
  }
}
