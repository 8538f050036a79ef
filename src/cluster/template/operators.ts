import { defaultOperators } from "liquidjs"
import type { ScopeContext } from "./context.js"
import { TemplateFault } from "./problem.js"
import { keysOf, type Scope } from "./scope.js"
import { refuseSealed } from "./sealed.js"
import { KIND_WORDS, kindOf } from "./value-kind.js"
import { asWritten, toPlain } from "./written-number.js"

type Operator = (left: unknown, right: unknown, context: ScopeContext) => unknown

/** The library's operators, but `contains` knows maps, an order is of texts and numbers only, and the work is counted. */
export const OPERATORS = {
  ...defaultOperators,
  ...Object.fromEntries(["and", "or"].map(name => [name, counted(library(name))])),
  ...Object.fromEntries(["==", "!="].map(name => [name, counted(open(library(name)))])),
  ...Object.fromEntries(
    ["<", ">", "<=", ">="].map(name => [name, counted(open(ordered(name, library(name))))]),
  ),
  contains: counted(open(contains)),
  not: (value: unknown, context: ScopeContext) => {
    context.budget.step()
    return library("not")(value, context, context)
  },
} as unknown as typeof defaultOperators

function library(name: string): Operator {
  return defaultOperators[name] as Operator
}

function contains(left: unknown, right: unknown, context: ScopeContext): unknown {
  if (kindOf(left) !== "map") {
    const part = Array.isArray(left) ? right : asWritten(right)
    return library("contains")(asWritten(left), part, context)
  }
  return Object.hasOwn(left as Scope, String(toPlain(asWritten(right))))
}

function ordered(name: string, operator: Operator): Operator {
  return (left, right, context) => {
    const kinds = [kindOf(left), kindOf(right)]
    // JavaScript takes nothing for 0 here.
    if (kinds.includes("nothing")) return false
    const wrong = kinds.find(kind => kind === "list" || kind === "map")
    if (wrong === undefined) return operator(left, right, context)
    throw new TemplateFault({
      code: "TEMPLATE_VALUE",
      message: `${name} compares texts and numbers, not ${KIND_WORDS[wrong]}`,
    })
  }
}

/** Refuses folders and secrets, but that they are there can be asked: `vars.password == nil`. */
function open(operator: Operator): Operator {
  return (left, right, context) => {
    const kinds = [kindOf(left), kindOf(right)]
    if (!kinds.includes("nothing")) [left, right].forEach(refuseSealed)
    return operator(left, right, context)
  }
}

function counted(operator: Operator): Operator {
  return (left, right, context) => {
    context.budget.step()
    context.budget.use(sizeOf(left) + sizeOf(right))
    return operator(left, right, context)
  }
}

function sizeOf(value: unknown): number {
  const kind = kindOf(value)
  if (kind === "text") return String(toPlain(value)).length
  // Lists inside are compared too, and cost as much again.
  if (kind === "list")
    return (value as readonly unknown[]).reduce<number>((sum, item) => sum + 1 + sizeOf(item), 0)
  return kind === "map" ? keysOf(value as Scope).length : 0
}
