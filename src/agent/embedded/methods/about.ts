import { fault, type Method } from "../../../rpc/method.js"
import { method } from "./params.js"

export interface AboutOptions {
  /** What `supervisorctl version` prints. */
  readonly version: string
  readonly identification: string
  /** Ends the agent; without it `shutdown` is refused. */
  readonly shutdown?: () => void
}

/** Who the server is, and its end. */
export function aboutMethods({ version, identification, shutdown }: AboutOptions): Record<string, Method> {
  // supervisorctl refuses to work with a server that says anything but 3.0 here.
  const apiVersion = method("string", "Version of the supervisor interface that is spoken here.", () => "3.0")
  return {
    getAPIVersion: apiVersion,
    getVersion: apiVersion,
    getSupervisorVersion: method(
      "string",
      "Version of the supervisor, with the one it behaves like.",
      () => version,
    ),
    getIdentification: method("string", "Name that this supervisor was given.", () => identification),
    getState: method("struct", "State of the supervisor itself: statecode and statename.", () => ({
      statecode: 1,
      statename: "RUNNING",
    })),
    getPID: method("int", "Process id of the supervisor.", () => process.pid),
    shutdown: method("boolean", "Stop all processes and end the supervisor, where that is allowed.", () => {
      if (shutdown === undefined) throw fault("FAILED", "this agent is ended by whoever started it")
      // The answer must leave before the server closes.
      setTimeout(shutdown, 100)
      return true
    }),
    restart: method("boolean", "Not possible: an agent is restarted by whoever started it.", () => {
      throw fault("FAILED", "this agent is restarted by whoever started it")
    }),
    sendRemoteCommEvent: method(
      "boolean string string",
      "Not possible: there are no event listeners.",
      () => {
        throw fault("FAILED", "an embedded supervisor has no event listeners")
      },
    ),
  }
}
