import { type Liquid, Parser, type TagToken, type Token, type TopLevelToken, TypeGuards } from "liquidjs"
import { printable } from "../../model/visible.js"
import { nearest, thereIs } from "../nearest.js"
import { LIMITS, overLimit } from "./limits.js"
import { OutputNode } from "./output-node.js"
import { placeOf, TemplateFault } from "./problem.js"
import { INNER_TAGS, LEFT_OUT_TAGS, TAGS } from "./tags.js"

/** The library's parser with words for unknown tags, a limit of depth, and outputs that check what they put out. */
export class TemplateParser extends Parser {
  private depth = 0

  constructor(private readonly engine: Liquid) {
    super(engine)
  }

  override parseToken(token: TopLevelToken, rest: TopLevelToken[]): ReturnType<Parser["parseToken"]> {
    if (this.depth >= LIMITS.depth) {
      const { finding } = overLimit(`more than ${LIMITS.depth} tags stand inside one another`)
      throw new TemplateFault(finding, placeOf(token))
    }
    this.depth++
    try {
      if (TypeGuards.isTagToken(token) && !Object.hasOwn(TAGS, token.name)) throw unknownTag(token)
      if (TypeGuards.isOutputToken(token)) return new OutputNode(token, this.engine)
      return super.parseToken(token, rest)
    } finally {
      this.depth--
    }
  }
}

function unknownTag(token: TagToken): TemplateFault {
  const begin = token.input.indexOf(token.name, token.begin)
  return new TemplateFault(
    { code: "TEMPLATE_SYNTAX", ...tagWords(token.name) },
    placeOf({ begin, end: begin + token.name.length } as Token),
  )
}

function tagWords(name: string): { readonly message: string; readonly hint?: string } {
  const owners = Object.keys(INNER_TAGS).filter(tag => INNER_TAGS[tag]?.includes(name))
  if (owners.length > 0) {
    const opened = owners.map(owner => `{% ${owner} %}`).join(" or ")
    return name.startsWith("end")
      ? { message: `{% ${name} %} closes nothing here`, hint: `It closes ${opened}.` }
      : { message: `{% ${name} %} stands outside ${opened}`, hint: `Write it between ${opened} and its end.` }
  }
  const message = `there is no tag ${printable(name)}`
  const known = Object.keys(TAGS)
  if (Object.hasOwn(LEFT_OUT_TAGS, name)) return { message, hint: LEFT_OUT_TAGS[name] as string }
  const meant = nearest(name, [...known, ...Object.values(INNER_TAGS).flat()])
  return { message, hint: meant === undefined ? thereIs(known) : `Did you mean ${meant}?` }
}
