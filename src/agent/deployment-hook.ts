import type { Method } from "../rpc/method.js"
import { commandWords } from "./command-words.js"
import { answer, clusterOf, type DeploymentParts, laneOf } from "./deployment-parts.js"
import { deploymentFault } from "./faults.js"
import { hookRequest } from "./requests.js"

const GRACE = 5_000

/** `deployment.hook`: a command of a rollout, in the lane of the task's hooks. */
export function hookMethod({ commands, releases, operations, now }: DeploymentParts): Method {
  return {
    signature: ["struct", "struct"],
    help:
      "hook(request): runs a command of a rollout inside the current release of a task; ended with all that it started after " +
      "timeout seconds. request: op, notAfter, service, cluster, job, instance, name, argv, env (above what the release " +
      "sets), input (JSON, for its standard input), timeout. The operation fails when the command does.",
    call: async ([value], { user }) => {
      const request = hookRequest(value)
      const caller = { user, method: "deployment.hook" }
      const again = await operations.again(request, caller)
      if (again) return answer(again)
      const here = await commands.find(request)
      if (here.kind === "missing") throw deploymentFault("PRECONDITION", here.why)
      const { op, name } = request
      const program = `${laneOf(request)} hooks`
      const intent = { method: "hook", cluster: clusterOf(request), program, args: { name } } as const
      return answer(
        await operations.begin(request, caller, intent, async step => {
          // Again, because it may have waited.
          const found = await commands.find(request)
          if (found.kind === "missing") throw deploymentFault("PRECONDITION", found.why)
          const event = { op, user, name, release: found.release.id }
          await releases.record(request, { time: now(), event: "hook", ...event })
          const { argv, env, timeout } = request
          const input: unknown = JSON.parse(request.input)
          const result = await step("apply", `running ${name}`, () =>
            commands.run(found, { argv, env, input, timeout, grace: GRACE }),
          )
          await releases.record(request, { time: now(), event: "hooked", ...event, ok: result.ok })
          if (!result.ok) throw new Error(commandWords(result))
        }),
      )
    },
  }
}
