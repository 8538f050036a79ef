import { ANY_GENERATION } from "../model/deployment.js"
import type { HookName } from "../model/policy.js"
import { stepName } from "../plan/resume.js"
import { type HookContext, hookEnvironment, hookInput, runHook } from "../probe/hook.js"
import { systemClock } from "../run/clock.js"
import { perform } from "../run/operation.js"
import type { HookSubject } from "../run/rollout/effects.js"
import { NOT_AFTER, taskKey } from "../run/staging.js"
import { placeOf, type SurroundingsOptions } from "./surroundings-options.js"

/** Runs a hook of a job, where there is one, on this machine or by the agent; says why it failed, or undefined. */
export async function callHook(
  name: HookName,
  { job, task, wave, outcome }: HookSubject,
  { verb, operation, part = 1, cluster, jobPolicy, agent, session }: SurroundingsOptions,
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
            // A hook changes nothing by contract; agents count those of a task apart.
            ifGeneration: ANY_GENERATION,
            ...taskKey(cluster, task),
            // A run that is resumed drains and undrains anew: what the part before it did is not known to hold.
            op: `${operation}/${stepName(name, part)}/${task.name}`,
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
