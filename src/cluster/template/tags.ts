import {
  AssignTag,
  BreakTag,
  CaptureTag,
  CaseTag,
  CommentTag,
  type Context,
  ContinueTag,
  type Emitter,
  evalToken,
  IfTag,
  InlineCommentTag,
  type IfTag as Library,
  type Liquid,
  type Parser,
  RawTag,
  type TagToken,
  type Token,
  UnlessTag,
  Value,
} from "liquidjs"
import type { ScopeContext } from "./context.js"
import { LoopTag } from "./loop-tag.js"
import { placeOf, TemplateFault } from "./problem.js"
import { refuseSealed } from "./sealed.js"

type TopLevelTokens = ConstructorParameters<typeof Library>[1]

// A comparison takes longer than copying a letter.
const ONE_OF_CASE = 20

/** All tags that there are, without those that stand inside and at the end of one. */
export const TAGS = {
  assign: class extends AssignTag {
    override *render(context: Context): Generator<unknown, void, unknown> {
      const [name] = this.localScope()
      const [value] = this.arguments() as Iterable<Value>
      if (name === undefined || value === undefined) return
      refuseTaken(name.content, name, context as ScopeContext)
      // The library takes a missing name for nothing here.
      context.bottom()[name.content] = (yield value.value(context, false)) ?? null
    }
  },
  capture: class extends CaptureTag {
    override *render(context: Context): Generator<unknown, void, string> {
      refuseTaken(this.variable, this.identifier, context as ScopeContext)
      yield* super.render(context)
      context.memoryLimit.use(context.bottom()[this.variable].length)
    }
  },
  case: class extends CaseTag {
    constructor(token: TagToken, rest: TopLevelTokens, liquid: Liquid, parser: Parser) {
      super(token, rest, liquid, parser)
      const { value } = this
      // The library takes a missing name for nothing here.
      value.value = function* (context) {
        const found = yield Value.prototype.value.call(value, context, false)
        refuseSealed(found)
        return found
      }
    }

    override *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
      context.memoryLimit.use(ONE_OF_CASE * this.branches.reduce((sum, { values }) => sum + values.length, 0))
      for (const token of this.branches.flatMap(({ values }) => values))
        refuseSealed(yield evalToken(token, context, true))
      yield* super.render(context, emitter)
    }
  },
  for: LoopTag,
  if: IfTag,
  unless: UnlessTag,
  break: BreakTag,
  continue: ContinueTag,
  comment: CommentTag,
  "#": InlineCommentTag,
  raw: RawTag,
} as const

/** The tags that end at another, and what may stand between. */
export const INNER_TAGS: Readonly<Record<string, readonly string[]>> = {
  if: ["elsif", "else", "endif"],
  unless: ["elsif", "else", "endunless"],
  case: ["when", "else", "endcase"],
  for: ["else", "endfor"],
  capture: ["endcapture"],
  comment: ["endcomment"],
  raw: ["endraw"],
}

/** Why a tag that other users of the language know is not there. */
export const LEFT_OUT_TAGS: Readonly<Record<string, string>> = {
  include: "A template reads no other files.",
  render: "A template reads no other files.",
  layout: "A template reads no other files.",
  block: "A template reads no other files.",
  echo: "Write {{ ... }}.",
  liquid: "Write each tag in {% %} of its own.",
  increment: "Write {% assign n = n | plus: 1 %}.",
  decrement: "Write {% assign n = n | minus: 1 %}.",
  cycle: "Write {% case %} with forloop.index0 | modulo: 2.",
  tablerow: "Write {% for %}.",
}

// Whoever reads `task.port` further down must get the task's.
function refuseTaken(name: string, token: Token, context: ScopeContext): void {
  if (!context.isTaken(name)) return
  throw new TemplateFault(
    {
      code: "TEMPLATE_SYNTAX",
      message: `${name} is a variable already and cannot be another`,
      hint: `Choose another name, such as my_${name}.`,
    },
    placeOf(token),
  )
}
