import { type Context, type Emitter, evalToken, ForTag, type Template, type Token } from "liquidjs"
import type { ScopeContext } from "./context.js"
import { placeOf, TemplateFault } from "./problem.js"
import { keysOf, readKey, type Scope } from "./scope.js"
import { KIND_WORDS, kindOf } from "./value-kind.js"
import { toPlain } from "./written-number.js"

/** What may follow the list in `{% for x in list limit: 3 %}`. */
export const LOOP_WORDS: readonly string[] = ["limit", "offset", "reversed"]

/** `for` over a list, the pairs of a map in the order of the file, or nothing. The library's own keeps state and lets code be called. */
export class LoopTag extends ForTag {
  override *render(context: Context, emitter: Emitter): Generator<unknown, void, Template[]> {
    const { renderer } = this.liquid
    const all = itemsOf(toPlain(yield evalToken(this.collection, context)), this.collection)
    const words = (yield this.hash.render(context)) as unknown as Readonly<Record<string, unknown>>
    const offset = this.count("offset", words) ?? 0
    const limited = all.slice(offset, offset + (this.count("limit", words) ?? all.length))
    const items = words.reversed === undefined ? limited : limited.reverse()
    if (items.length === 0) {
      yield renderer.renderTemplates(this.elseTemplates, context, emitter)
      return
    }
    ;(context as ScopeContext).budget.use(items.length)
    const scope: Record<string, unknown> = Object.create(null)
    context.push(scope)
    for (const [index, item] of items.entries()) {
      scope.forloop = position(index, items.length)
      scope[this.variable] = item ?? null
      context.continueCalled = false
      context.breakCalled = false
      yield renderer.renderTemplates(this.templates, context, emitter)
      if (context.breakCalled) break
    }
    context.continueCalled = false
    context.breakCalled = false
    context.pop()
  }

  private count(name: string, words: Readonly<Record<string, unknown>>): number | undefined {
    const value = toPlain(words[name])
    if (value === undefined) return undefined
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
    throw new TemplateFault(
      { code: "TEMPLATE_VALUE", message: `${name} is not a whole number from 0` },
      placeOf(this.hash.hash[name] ?? this.token),
    )
  }
}

function itemsOf(value: unknown, token: Token): unknown[] {
  const kind = kindOf(value)
  if (kind === "nothing") return []
  if (kind === "list") return [...(value as readonly unknown[])]
  if (kind === "map") return keysOf(value as Scope).map(key => [key, readKey(value, key)])
  throw new TemplateFault(
    { code: "TEMPLATE_VALUE", message: `for goes over a list or a map, not ${KIND_WORDS[kind]}` },
    placeOf(token),
  )
}

function position(index: number, length: number): Scope {
  return Object.assign(Object.create(null), {
    index: index + 1,
    index0: index,
    rindex: length - index,
    rindex0: length - index - 1,
    first: index === 0,
    last: index === length - 1,
    length,
  })
}
