import { CallError, type CallFailure } from "../model/failure.js"
import { visible } from "../model/visible.js"
import { EXIT_CODES, type ExitName } from "../report/exit-codes.js"
import type { Palette } from "../report/palette.js"
import type { Proxy } from "../rpc/proxy.js"
import type { XmlRpcValue } from "../rpc/value.js"
import { type FanOut, fanOut } from "../run/fan-out.js"
import { toJson } from "./json-values.js"

/** What one target answered to a raw call. */
export type Called = { readonly name: string; readonly region: string } & (
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly failure: CallFailure }
)

export interface RpcReport {
  readonly schema: 1
  readonly command: "rpc"
  readonly ok: boolean
  readonly exitCode: number
  readonly method: string
  readonly answers: readonly Called[]
}

interface RawCall {
  readonly method: string
  readonly params: readonly XmlRpcValue[]
  /** Milliseconds; the endpoint's unless given. */
  readonly timeout?: number | undefined
}

/** Calls all targets side by side; the answers come in the order of the targets. */
export function callAll(
  targets: readonly { readonly name: string; readonly region: string; readonly proxy: Proxy }[],
  { method, params, timeout }: RawCall,
  limits: FanOut,
  signal: AbortSignal,
): Promise<readonly Called[]> {
  return fanOut(
    targets,
    target => target.region,
    limits,
    async ({ name, region, proxy }): Promise<Called> => {
      try {
        // Only the methods that read a log may answer with characters that XML forbids.
        const lenient = /Log$/.test(method)
        const value = await proxy.call(method, params, { signal, timeout, lenient })
        return { name, region, ok: true, value: toJson(value) }
      } catch (error) {
        if (error instanceof CallError) return { name, region, ok: false, failure: error.failure }
        throw error
      }
    },
  )
}

/** The answers as a report. A fault is a failure of the target; no answer is an unreachable target. */
export function rpcReport(method: string, answers: readonly Called[]): RpcReport {
  const exit = EXIT_CODES[exitOf(answers)].code
  return { schema: 1, command: "rpc", ok: exit === 0, exitCode: exit, method, answers }
}

function exitOf(answers: readonly Called[]): ExitName {
  const failures = answers.flatMap(answer => (answer.ok ? [] : [answer.failure]))
  if (failures.length === 0) return "ok"
  if (failures.every(failure => failure.reason === "unauthorized")) return "denied"
  return failures.some(failure => failure.reason === "fault") ? "failed" : "unreachable"
}

/** All answers as one JSON object, by target. */
export function allText(answers: readonly Called[]): readonly string[] {
  const all = answers.map(answer => [
    answer.name,
    answer.ok ? { value: answer.value } : { failure: answer.failure },
  ])
  return valueText(Object.fromEntries(all))
}

/** A value as JSON. JSON leaves C1 controls and such as they are, which a terminal would act on. */
export function valueText(value: unknown): readonly string[] {
  return visible(JSON.stringify(value, null, 2)).split("\n")
}

/** Why a call gave no value, and what to do. */
export function failureText(failure: CallFailure, palette: Palette): readonly string[] {
  return [palette.bad(visible(failure.message)), palette.dim(`  ${failure.hint}`)]
}
