import { programName } from "../model/deployment.js"
import type { Method } from "../rpc/method.js"
import { answer, type DeploymentParts, laneOf } from "./deployment-parts.js"
import { removeRequest } from "./requests.js"

/** `deployment.remove`: takes a task off the host. */
export function removeMethod({
  backend,
  releases,
  operations,
  leases,
  pruner,
  now,
}: DeploymentParts): Method {
  return {
    signature: ["struct", "struct"],
    help:
      "remove(request): stops a task, takes its program away from the supervisor and removes its releases; with data also its " +
      "data, logs and history. request: op, notAfter, service, cluster, job, instance, data (boolean). A task that is not " +
      "here is no error.",
    call: async ([value], { user }) => {
      const request = removeRequest(value)
      const again = operations.again(request)
      if (again) return answer(again)
      leases.mayChange(request)
      return answer(
        operations.begin(request, laneOf(request), async step => {
          const { op, service, cluster, job, instance, data } = request
          const name = programName(request)
          const from = (await releases.current(request))?.id ?? null
          const event = { op, user, service, cluster, job, instance, data, from }
          step("writing the history")
          await releases.recordOfHost({ time: now(), event: "remove", ...event })
          step("stopping the task")
          await backend.stop(name)
          step("telling the supervisor")
          await backend.remove(name)
          step(data ? "removing the task" : "removing the releases")
          await (data ? releases.removeTask(request) : releases.removeAll(request))
          step("writing the history")
          await releases.recordOfHost({ time: now(), event: "removed", ...event })
          pruner.removed()
        }),
      )
    },
  }
}
