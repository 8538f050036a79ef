import type { Task } from "../model/cluster.js"
import type { Check } from "../model/policy.js"
import type { ProgressEvent } from "../model/progress-event.js"
import { probe } from "../probe/check.js"
import type { RolloutEvent } from "../run/rollout/effects.js"
import { taskKey } from "../run/staging.js"
import type { Surroundings } from "../run/verbs.js"
import { askMidway } from "./confirm-midway.js"
import { askGates, watchGates } from "./gates.js"
import { callHook } from "./hooks.js"
import type { Session } from "./session.js"
import type { SurroundingsOptions } from "./surroundings-options.js"

/** The real world of a rollout: checks, gates and hooks, questions to the operator, and the screen. */
export function realSurroundings(options: SurroundingsOptions): Surroundings {
  const { cluster, session, terminal } = options
  return {
    ask: (task, check, signal) => askCheck(task, check, signal, options),
    gate: wave => askGates(wave, options),
    watchGates: signal => watchGates(cluster, signal),
    hook: (name, about) => callHook(name, about, options),
    goOn: why => (terminal.interactive ? askMidway(`${why}. Go on?`, session) : Promise.resolve(false)),
    tell: event => show(event, session),
  }
}

async function askCheck(
  task: Task,
  check: Check,
  signal: AbortSignal,
  { agent, cluster }: SurroundingsOptions,
): Promise<string | undefined> {
  switch (check.kind) {
    case "rpc":
      return undefined
    case "http":
    case "tcp": {
      const probed = await probe(check, task.host.address, signal)
      return probed.ok ? undefined : probed.said
    }
    case "cmd": {
      const request = {
        ...taskKey(cluster, task),
        argv: check.argv,
        timeout: Math.ceil(check.timeout / 1_000),
      }
      try {
        const probed = await agent(task.host).probe(request, signal)
        return probed.ok ? undefined : probed.said
      } catch (error) {
        return (error as Error).message
      }
    }
  }
}

function show(event: RolloutEvent, session: Session): void {
  const progress = progressOf(event)
  if (typeof progress === "string") session.line(progress)
  else session.event(progress)
}

/** A string is a line that stays. */
function progressOf(event: RolloutEvent): ProgressEvent | string {
  switch (event.kind) {
    case "wave":
      return { kind: "wave", index: event.index, name: `${event.job} ${event.name}`, of: event.of }
    case "dispatched": {
      const { name, host } = event.task
      return { kind: "dispatched", task: name, host: host.name, region: host.region }
    }
    case "outcome":
      return event
    case "waiting":
      return event
    case "baking":
      return {
        kind: "waiting",
        why: `watching ${event.what} for ${Math.round(event.milliseconds / 1_000)} s`,
      }
    case "halted":
      return `halted: ${event.why}`
    case "reverting":
      return `putting ${event.tasks} tasks back`
  }
}
