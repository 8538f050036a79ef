import { urlToHttpOptions } from "node:url"
import type { Gate, GateTiming } from "../model/policy.js"
import { type Place, runCommand } from "./command.js"
import { askHttp, type HttpTarget } from "./http.js"
import { failed, PASSED, type Probed } from "./probed.js"

/** The gates that need no operator at the terminal. */
export type AutomaticGate = Extract<Gate, { readonly kind: "cmd" | "http" }>

/** Asks a gate once, within its timeout: a URL, or a command on this machine. A failing gate is an answer, not a throw. */
export async function askGate(
  gate: AutomaticGate,
  signal: AbortSignal,
  place: Place = { env: process.env },
): Promise<Probed> {
  switch (gate.kind) {
    case "cmd": {
      const result = await runCommand({ ...place, argv: gate.argv, timeout: gate.timeout, signal })
      return result.ok ? PASSED : failed(result.said)
    }
    case "http": {
      const where = targetOf(gate.url)
      if (where === undefined) return failed("the gate's URL cannot be read")
      return askHttp({ ...where, status: gate.status, body: gate.body, timeout: gate.timeout }, signal)
    }
  }
}

/** Undefined for what is no URL, whose text may hold a password and is not shown. */
function targetOf(text: string): { readonly target: HttpTarget; readonly place: string } | undefined {
  try {
    const url = new URL(text)
    const { protocol } = url
    if (protocol !== "http:" && protocol !== "https:") return undefined
    const port = url.port || (protocol === "https:" ? 443 : 80)
    const { hostname, path, auth } = urlToHttpOptions(url)
    return {
      target: { protocol, hostname, port, path, auth: auth ?? null },
      place: `${url.hostname}:${port}`,
    }
  } catch {
    return undefined
  }
}

const PASSES = 3
const FAILURES = 2

/** Where a gate stands after these answers, oldest first: 3 passes in a row open it, 2 failures in a row shut it. */
export function gateState(history: readonly boolean[]): "open" | "shut" | "undecided" {
  const endsWith = (count: number, ok: boolean) =>
    history.length >= count && history.slice(-count).every(passed => passed === ok)
  if (endsWith(PASSES, true)) return "open"
  return endsWith(FAILURES, false) ? "shut" : "undecided"
}

/** Time as an argument. `sleep` resolves early when the signal fires, and never rejects. */
export interface GateClock {
  now(): number
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export type GateDecision = "open" | "interrupted" | { readonly shut: string }

/**
 * Asks again and again, at most once an interval, until the gate is open, or shut with what its last failure said.
 * Has no deadline of its own: a gate that passes and fails by turns is asked until the signal fires.
 */
export async function untilGate(
  ask: (signal: AbortSignal) => Promise<Probed>,
  { interval }: Pick<GateTiming, "interval">,
  clock: GateClock,
  signal: AbortSignal,
): Promise<GateDecision> {
  let history: readonly boolean[] = []
  while (!signal.aborted) {
    const asked = clock.now()
    const answer = await ask(signal)
    // An answer that was cut off says nothing about the gate.
    if (signal.aborted) break
    history = [...history, answer.ok].slice(-PASSES)
    const state = gateState(history)
    if (state === "open") return "open"
    if (state === "shut" && !answer.ok) return { shut: answer.said }
    await clock.sleep(Math.max(0, interval - (clock.now() - asked)), signal)
  }
  return "interrupted"
}
