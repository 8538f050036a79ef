import type { Method } from "../rpc/method.js"
import { control, processesOfProgram } from "./control.js"
import { answer, clusterOf, type DeploymentParts } from "./deployment-parts.js"
import { controlRequest } from "./requests.js"
import { stoppedBy } from "./stopped-by.js"

/** `deployment.control`: starts, stops and restarts by operation id, so that no lost answer makes them happen twice. */
export function controlMethod(parts: DeploymentParts): Method {
  const { backend, operations } = parts
  return {
    signature: ["struct", "struct"],
    help:
      "control(request): starts, stops or restarts a program of the supervisor, minos' own or any other. request: op, notAfter, " +
      "ifGeneration, argsHash, service, cluster, program (name, group:name or group:*), action (start, stop, restart). A restart is one operation and " +
      "ends with the program started. Whether it stays up is told by supervisor.getProcessInfo.",
    call: async ([value], { user }) => {
      const request = controlRequest(value)
      const { action, program: named } = request
      const caller = { user, method: "deployment.control" }
      const again = await operations.again(request, caller)
      if (again) return answer(again)
      // Before it is counted as a change of what does not exist.
      await processesOfProgram(named, backend)
      const program = groupOf(named)
      const cluster = clusterOf(request)
      const intent = { method: "control", cluster, program, args: { program: named, action } } as const
      return answer(
        await operations.begin(request, caller, intent, step =>
          control(request, step, backend, stoppedBy({ op: request.op, user }, parts)),
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
    call: ([program]) => ({ now: steady(), generation: operations.generation(groupOf(program as string)) }),
  }
}

/** What operations are kept apart by: `web`, `web:web` and `web:*` are one, or two could change it at once. */
function groupOf(program: string): string {
  return program.split(":", 1)[0] as string
}
