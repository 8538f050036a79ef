import { type ProbeAnswer, type ProbeRequest, programName } from "../model/deployment.js"
import type { Method } from "../rpc/method.js"
import type { DeploymentParts } from "./deployment-parts.js"
import type { ReleaseCommands } from "./release-commands.js"
import { probeRequest } from "./requests.js"

const MOST_AT_ONCE = 16
const GRACE = 1_000

/** `deployment.probe`: no operation, because it changes nothing by contract. */
export function probeMethod({ commands }: DeploymentParts): Method {
  const busy = new Set<string>()
  return {
    signature: ["struct", "struct"],
    help:
      "probe(request): runs a command inside the current release of a task and waits for its end; by contract it changes " +
      "nothing. request: service, cluster, job, instance, argv, timeout (seconds, at most 60). Answers ok and said, one line. " +
      "One at a time for a task and 16 for the host; beyond, said is busy.",
    call: async ([value]) => {
      const request = probeRequest(value)
      const task = programName(request)
      // What hangs must not pile up with every look at it.
      if (busy.has(task) || busy.size >= MOST_AT_ONCE) return { ok: false, said: "busy" }
      busy.add(task)
      try {
        return { ...(await probe(request, commands)) }
      } finally {
        busy.delete(task)
      }
    },
  }
}

async function probe(
  { argv, timeout, ...key }: ProbeRequest,
  commands: ReleaseCommands,
): Promise<ProbeAnswer> {
  const found = await commands.find(key)
  if (found.kind === "missing") return { ok: false, said: found.why }
  const { ok, said } = await commands.run(found, {
    argv: argv.map(found.closed),
    timeout,
    grace: GRACE,
  })
  return { ok, said }
}
