import type { Method } from "../rpc/method.js"
import { control } from "./control.js"
import { answer, clusterOf, type DeploymentParts } from "./deployment-parts.js"
import { controlRequest } from "./requests.js"

/** `deployment.control`: starts, stops and restarts by operation id, so that no lost answer makes them happen twice. */
export function controlMethod({ backend, operations }: DeploymentParts): Method {
  return {
    signature: ["struct", "struct"],
    help:
      "control(request): starts, stops or restarts a program of the supervisor, minos' own or any other. request: op, notAfter, " +
      "ifGeneration, argsHash, service, cluster, program (name, group:name or group:*), action (start, stop, restart). A restart is one operation and " +
      "ends with the program started. Whether it stays up is told by supervisor.getProcessInfo.",
    call: async ([value], { user }) => {
      const request = controlRequest(value)
      const { program, action } = request
      const cluster = clusterOf(request)
      const intent = { method: "control", cluster, program, args: { program, action } } as const
      return answer(
        await operations.begin(request, { user, method: "deployment.control" }, intent, step =>
          control(request, step, backend),
        ),
      )
    },
  }
}

/** `deployment.generation`: what a caller wants to know before `control`. */
export function generationMethod({ operations, steady }: DeploymentParts): Method {
  return {
    signature: ["struct", "string"],
    help: "generation(program): how often operations changed a program (generation), and now, epoch seconds here.",
    call: ([program]) => ({ now: steady(), generation: operations.generation(program as string) }),
  }
}
