import { dirname } from "node:path"
import type { Cluster, Host, Task } from "../model/cluster.js"
import type { Check, Gate, HookName, JobPolicy } from "../model/policy.js"
import type { ProgressEvent } from "../model/progress-event.js"
import type { Wave } from "../plan/rollout-plan.js"
import { probe } from "../probe/check.js"
import type { Place } from "../probe/command.js"
import { askGate, untilGate } from "../probe/gate.js"
import { type HookContext, hookEnvironment, hookInput, runHook } from "../probe/hook.js"
import { systemClock } from "../run/clock.js"
import type { HostAgent } from "../run/deploy-effects.js"
import { perform } from "../run/operation.js"
import type { GateAnswer, HookSubject, RolloutEvent } from "../run/rollout/effects.js"
import { NOT_AFTER, taskKey } from "../run/staging.js"
import type { Surroundings } from "../run/verbs.js"
import { ask } from "./confirm.js"
import type { Session } from "./session.js"
import type { Terminal } from "./terminal.js"

/** What the surroundings of a run are made from. */
export interface SurroundingsOptions {
  readonly verb: string
  readonly operation: string
  readonly cluster: Cluster
  readonly jobPolicy: (name: string) => JobPolicy | undefined
  readonly agent: (host: Host) => HostAgent
  readonly session: Session
  readonly terminal: Terminal
}

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

async function askGates(
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

/** Ctrl-C at a question in the middle of a run is a no: what was done must still be reported. */
function askMidway(question: string, session: Session): Promise<boolean> {
  return session.aside(() => ask(question).catch(() => false))
}

/** Asks the gates that need nobody, over and over; the first that shuts ends it. */
async function watchGates(cluster: Cluster, signal: AbortSignal): Promise<GateAnswer> {
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

async function callHook(
  name: HookName,
  { job, task, wave, outcome }: HookSubject,
  { verb, operation, cluster, jobPolicy, agent, session }: SurroundingsOptions,
): Promise<string | undefined> {
  const hook = jobPolicy(job)?.hooks[name]
  if (!hook) return undefined
  const context: HookContext = {
    hook: name,
    operation,
    verb,
    service: cluster.service,
    cluster: cluster.cluster,
    job,
    ...(wave === undefined ? {} : { wave }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(task
      ? { task: task.name, host: task.host.name, region: task.host.region, address: task.host.address }
      : {}),
  }
  const { aborting } = session.signals
  if (hook.on === "operator" || !task) {
    const result = await runHook(hook, context, aborting, placeOf(cluster))
    return result.ok ? undefined : [result.said, ...result.output].join("\n")
  }
  const host = agent(task.host)
  try {
    const { now, tasks } = await host.inspect(cluster.service, cluster.cluster, "", aborting)
    // Before its first release there is nothing to drain, and nothing that the hook could run inside of.
    if (!tasks.some(one => one.job === job && one.instance === task.instance)) return undefined
    await perform(
      () =>
        host.hook(
          {
            notAfter: now + NOT_AFTER,
            ...taskKey(cluster, task),
            op: `${operation}/${name}/${task.name}`,
            name,
            argv: hook.argv,
            env: hookEnvironment(context),
            input: JSON.stringify(hookInput(context)),
            timeout: Math.ceil(hook.timeout / 1_000),
          },
          aborting,
        ),
      op => host.operation(op, aborting),
      hook.timeout + 30_000,
      systemClock,
      aborting,
    )
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Where commands of the cluster file run on this machine. */
function placeOf(cluster: Cluster): Place {
  return { env: process.env, cwd: dirname(cluster.file) }
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
