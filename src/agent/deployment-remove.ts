import type { Method } from "../rpc/method.js"
import { answer, clusterOf, type DeploymentParts, laneOf } from "./deployment-parts.js"
import { removeFromHost } from "./removal.js"
import { removeRequest } from "./requests.js"

/** `deployment.remove`: takes a task off the host. */
export function removeMethod(parts: DeploymentParts): Method {
  const { operations } = parts
  return {
    signature: ["struct", "struct"],
    help:
      "remove(request): stops a task, takes its program away from the supervisor and removes its releases; with data also its " +
      "data, logs and history. request: op, notAfter, service, cluster, job, instance, data (boolean). A task that is not " +
      "here is no error.",
    call: async ([value], { user }) => {
      const request = removeRequest(value)
      const { op, service, cluster, job, instance, data } = request
      const key = { service, cluster, job, instance }
      const intent = {
        method: "remove",
        cluster: clusterOf(request),
        program: laneOf(request),
        args: { key, data },
      } as const
      return answer(
        await operations.begin(request, { user, method: "deployment.remove" }, intent, step =>
          removeFromHost({ op, user, key, data }, step, parts),
        ),
      )
    },
  }
}
