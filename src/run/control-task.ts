import type { Cluster, Host, Task } from "../model/cluster.js"
import type { ControlAction, ProgramGeneration } from "../model/deployment.js"
import { CallError } from "../model/failure.js"
import { FAULT } from "../model/fault.js"
import type { Outcome, TaskView } from "../model/outcome.js"
import { isDown, type ProcessInfo } from "../model/process.js"
import { stepName } from "../plan/resume.js"
import { awaitHealthy } from "./change-task.js"
import type { DeployEffects, HostAgent } from "./deploy-effects.js"
import { perform, submission } from "./operation.js"
import type { Patience } from "./settle.js"
import { NOT_AFTER, STEP_DEADLINE, troubleOf } from "./staging.js"
import { saidOf, viewNow } from "./view.js"

/** What a change through an agent needs besides the task. */
export interface ControlOptions {
  readonly effects: DeployEffects
  readonly cluster: Pick<Cluster, "service" | "cluster">
  /** Id of the run. */
  readonly operation: string
  /** Which time this run changes the task, from 1: the agent answers the first with what became of it. */
  readonly attempt?: number | undefined
  /** It may have been sent already, before the run was cut short: the agent is asked, whatever is seen now. */
  readonly mayBeSent?: boolean
  /** Hosts that are known to run no agent, so that they need not be asked. */
  readonly stock?: ReadonlySet<Host>
}

/**
 * Starts, stops or restarts a task by an operation of its agent: sent again it is not done again, so a lost answer costs
 * nothing. Undefined when it is no agent that answers there: a stock supervisord has no operations.
 */
export async function controlTask(
  action: ControlAction,
  task: Task,
  patience: Patience,
  options: ControlOptions,
): Promise<Outcome | undefined> {
  const { effects, stock } = options
  if (stock?.has(task.host)) return undefined
  const agent = effects.agent(task.host)
  const found = await generationOf(agent, task, effects)
  if (found === "no-agent" || "kind" in found) return found === "no-agent" ? undefined : found
  // Read now: a rolling run comes to a task long after it was surveyed.
  const before = await viewNow(task, effects)
  if (before.kind === "missing") return undefined
  if (before.kind === "unreachable")
    return saidOf(task, { kind: "unreachable", failure: before.failure, unknown: false })
  const already = options.mayBeSent ? undefined : alreadySo(action, task, before.processes)
  if (already) return already
  const trouble = await act(action, task, found, agent, options)
  if (trouble) return trouble
  if (action === "stop") {
    const wasUp = options.mayBeSent === true || before.processes.some(isAlive)
    return stopped(task, wasUp, await viewNow(task, effects))
  }
  return awaitHealthy(task, before, effects, patience)
}

async function generationOf(
  agent: HostAgent,
  task: Task,
  { signals }: DeployEffects,
): Promise<ProgramGeneration | Outcome | "no-agent"> {
  try {
    return await agent.generation(task.program, signals.aborting)
  } catch (error) {
    if (error instanceof CallError && error.failure.faultCode === FAULT.UNKNOWN_METHOD) return "no-agent"
    return troubleOf(task, error, false)
  }
}

function alreadySo(
  action: ControlAction,
  task: Task,
  processes: readonly ProcessInfo[],
): Outcome | undefined {
  if (action === "start" && processes.every(({ state }) => state === "RUNNING"))
    return saidOf(task, { kind: "unchanged", note: "RUNNING already" })
  // EXITED may be about to be started again, and then a stop is what keeps it down.
  if (action === "stop" && processes.every(process => !isAlive(process) && process.state !== "EXITED"))
    return saidOf(task, { kind: "unchanged", note: `${processes[0]!.state} already` })
  return undefined
}

/** To its supervisor an orphan is down, and to everyone else it runs. */
function isAlive(process: ProcessInfo): boolean {
  return !isDown(process.state) || process.orphan !== undefined
}

/** The outcome when the operation did not come to its end, else undefined. */
async function act(
  action: ControlAction,
  task: Task,
  { now, generation }: ProgramGeneration,
  agent: HostAgent,
  { effects, cluster: { service, cluster }, operation, attempt = 1 }: ControlOptions,
): Promise<Outcome | undefined> {
  const { clock, signals } = effects
  const asked = clock.now()
  const { submit, maybeSent } = submission(() => {
    const notAfter = now + Math.ceil((clock.now() - asked) / 1_000) + NOT_AFTER
    const op = `${operation}/${stepName(action, attempt)}/${task.name}`
    return agent.control(
      { op, notAfter, ifGeneration: generation, service, cluster, program: task.program, action },
      signals.aborting,
    )
  })
  try {
    await perform(submit, op => agent.operation(op, signals.aborting), STEP_DEADLINE, clock, signals.aborting)
    return undefined
  } catch (error) {
    return troubleOf(task, error, maybeSent())
  }
}

/** What became of a stop by what is read after it, for only that counts. */
function stopped(task: Task, wasUp: boolean, after: TaskView): Outcome {
  switch (after.kind) {
    case "unreachable":
      return saidOf(task, { kind: "unreachable", failure: after.failure, unknown: true })
    case "missing":
      return saidOf(task, {
        kind: "failed",
        evidence: { message: `the supervisor has no ${after.program} now` },
      })
    case "seen": {
      const up = after.processes.find(({ state }) => !isDown(state))
      if (up)
        return saidOf(task, {
          kind: "failed",
          evidence: { message: `it is ${up.state} after its stop`, state: up.state },
        })
      const { state } = after.processes[0]!
      return wasUp
        ? saidOf(task, { kind: "changed", note: state })
        : saidOf(task, { kind: "unchanged", note: `${state} already` })
    }
  }
}
