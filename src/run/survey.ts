import type { Cluster, Host, Task } from "../model/cluster.js"
import type { Inspection } from "../model/deployment.js"
import { CallError, type CallFailure } from "../model/failure.js"
import { FAULT } from "../model/fault.js"
import type { Outcome, TaskView } from "../model/outcome.js"
import type { Before } from "../plan/deploy-plan.js"
import type { DeployEffects } from "./deploy-effects.js"
import { type FanOut, fanOut } from "./fan-out.js"
import { lookAll } from "./look-all.js"
import { hostsOf, pairUp } from "./verbs.js"
import { saidOf, viewTasks } from "./view.js"

/** What was found before a deploy. */
export interface Survey {
  readonly before: ReadonlyMap<Task, Before>
  /** What each agent told; undefined for a host that did not answer, or has no agent. */
  readonly inspections: ReadonlyMap<Host, Inspection | undefined>
  /** An agent's clock, as it must be now: epoch seconds. */
  agentNow(host: Host): number
  /** How often a task had been changed. */
  generation(task: Task): number
}

/**
 * Asks every host what runs there and what it keeps: two calls a host, all hosts side by side. `usersOf` gives the users that a
 * task's release names.
 */
export async function survey(
  tasks: readonly Task[],
  cluster: Cluster,
  sha256: string,
  effects: DeployEffects,
  limits: FanOut,
  usersOf: (task: Task) => readonly string[] = () => [],
): Promise<Survey> {
  const hosts = hostsOf(tasks)
  const { aborting } = effects.signals
  const tasksOf = new Map<Host, Task[]>(hosts.map(host => [host, []]))
  for (const task of tasks) tasksOf.get(task.host)?.push(task)
  const inspect = async (host: Host, patience?: number): Promise<{ inspection: Inspection; at: number }> => {
    const users = [...new Set((tasksOf.get(host) ?? []).flatMap(usersOf))]
    const inspection = await effects
      .agent(host)
      .inspect(cluster.service, cluster.cluster, sha256, aborting, { users }, patience)
    return { inspection, at: effects.clock.now() }
  }
  const [views, inspections] = await Promise.all([
    viewTasks(tasks, effects, limits),
    lookAll(hosts, host => host.region, limits, effects.clock, inspect),
  ])
  const byHost = new Map(
    hosts.map((host, n) => {
      const found = inspections[n]!
      return [host, found instanceof CallError ? noAgent(found.failure) : found]
    }),
  )
  const before = tasks.map((task, n): Before => {
    const view = views[n] as TaskView
    const inspected = byHost.get(task.host)!
    if ("inspection" in inspected) return { view, inspection: inspected.inspection }
    return {
      view: view.kind === "unreachable" ? view : saidOf(task, { kind: "unreachable", failure: inspected }),
    }
  })
  return {
    before: pairUp(tasks, before),
    inspections: new Map(
      [...byHost].map(([host, found]) => [host, "inspection" in found ? found.inspection : undefined]),
    ),
    agentNow: host => {
      const inspected = byHost.get(host)
      if (!inspected || !("inspection" in inspected)) return 0
      return inspected.inspection.now + (effects.clock.now() - inspected.at) / 1_000
    },
    generation: task => {
      const inspected = byHost.get(task.host)
      return inspected && "inspection" in inspected
        ? (inspected.inspection.generations[task.program] ?? 0)
        : 0
    },
  }
}

/**
 * Why a plan that was made on what was found does not hold any more, or undefined: another run changed a task between the look
 * and the lock. What a supervisor does by itself, a restart after a crash, is no reason.
 */
export async function overtaken(
  found: Survey,
  cluster: Cluster,
  effects: DeployEffects,
  limits: FanOut,
): Promise<string | undefined> {
  const tasks = [...found.before.keys()].filter(task => found.inspections.get(task.host))
  const { aborting } = effects.signals
  const now = await fanOut(
    hostsOf(tasks),
    host => host.region,
    limits,
    async host =>
      [
        host,
        await effects
          .agent(host)
          .inspect(cluster.service, cluster.cluster, "", aborting)
          .catch(error => {
            // It is silent now; what is sent to it will say so.
            if (error instanceof CallError) return undefined
            throw error
          }),
      ] as const,
  )
  const generations = new Map(now.map(([host, inspection]) => [host, inspection?.generations]))
  const changed = tasks.filter(task => {
    const counts = generations.get(task.host)
    return counts !== undefined && (counts[task.program] ?? 0) !== found.generation(task)
  })
  if (changed.length === 0) return undefined
  const [first] = changed
  const others = changed.length > 1 ? ` and ${changed.length - 1} more` : ""
  return `nothing was touched: ${first!.name}${others} changed since the plan was made`
}

/** Why a deploy must not begin, or undefined. */
export function deployBlocker({ before }: Survey, skipUnreachable: number): string | undefined {
  const dead = new Set(
    [...before].filter(([, { view }]) => view.kind === "unreachable").map(([task]) => task.host),
  )
  if (dead.size <= skipUnreachable) return undefined
  return `nothing was touched: ${dead.size} host${dead.size === 1 ? "" : "s"} cannot be deployed to`
}

/** The outcomes of a deploy that does not begin. */
export function refuseDeploy(tasks: readonly Task[], { before }: Survey, why: string): readonly Outcome[] {
  return tasks.map(task => {
    const view = before.get(task)?.view
    return view?.kind === "unreachable"
      ? saidOf(task, { kind: "unreachable", failure: view.failure, unknown: false })
      : saidOf(task, { kind: "skipped", why })
  })
}

/** Stock supervisord answers the agent's methods with a fault: said in words that help. */
function noAgent(failure: CallFailure): CallFailure {
  if (failure.reason !== "fault" || failure.faultCode !== FAULT.UNKNOWN_METHOD) return failure
  return {
    ...failure,
    message: "a stock supervisord answers there, and it cannot be deployed to",
    hint: "run `minos agent serve` on that host, and name its port in the cluster file",
  }
}
