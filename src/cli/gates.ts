import type { Cluster } from "../model/cluster.js"
import type { Gate } from "../model/policy.js"
import type { Wave } from "../plan/rollout-plan.js"
import { askGate, untilGate } from "../probe/gate.js"
import { systemClock } from "../run/clock.js"
import type { GateAnswer } from "../run/rollout/effects.js"
import { askMidway } from "./confirm-midway.js"
import { placeOf, type SurroundingsOptions } from "./surroundings-options.js"

/** Asks the gates before a wave, one after another: a question to the operator, a command, a URL. */
export async function askGates(
  wave: Wave,
  { cluster, session, terminal }: SurroundingsOptions,
): Promise<GateAnswer> {
  for (const gate of cluster.policy.gates) {
    const answer = await askOne(gate, wave, { cluster, session, terminal })
    if (!answer.open) return answer
  }
  return { open: true }
}

async function askOne(
  gate: Gate,
  wave: Wave,
  { cluster, session, terminal }: Pick<SurroundingsOptions, "cluster" | "session" | "terminal">,
): Promise<GateAnswer> {
  if (gate.kind === "confirm") {
    if (!terminal.interactive) return { open: false, why: `nobody is there to answer "${gate.question}"` }
    const yes = await askMidway(`${gate.question} (next: ${wave.name})`, session)
    return yes ? { open: true } : { open: false, why: "the operator said no" }
  }
  session.say(`waiting at the gate before ${wave.name}`)
  const { stopping } = session.signals
  const decision = await untilGate(
    signal => askGate(gate, signal, placeOf(cluster)),
    gate,
    systemClock,
    stopping,
  )
  if (decision === "open") return { open: true }
  return { open: false, why: decision === "interrupted" ? "interrupted" : decision.shut }
}

/** Asks the gates that need nobody, over and over; the first that shuts ends it. */
export async function watchGates(cluster: Cluster, signal: AbortSignal): Promise<GateAnswer> {
  const shut = new AbortController()
  const ended = AbortSignal.any([signal, shut.signal])
  const answers = await Promise.all(
    cluster.policy.gates.map(async (gate): Promise<GateAnswer> => {
      if (gate.kind === "confirm") return { open: true }
      while (!ended.aborted) {
        const decision = await untilGate(
          asking => askGate(gate, asking, placeOf(cluster)),
          gate,
          systemClock,
          ended,
        )
        if (typeof decision === "object") {
          shut.abort()
          return { open: false, why: decision.shut }
        }
        await systemClock.sleep(gate.interval, ended)
      }
      return { open: true }
    }),
  )
  return answers.find(answer => !answer.open) ?? { open: true }
}
