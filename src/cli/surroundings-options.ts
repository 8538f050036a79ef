import { dirname } from "node:path"
import type { Cluster, Host } from "../model/cluster.js"
import type { JobPolicy } from "../model/policy.js"
import type { Place } from "../probe/command.js"
import type { HostAgent } from "../run/deploy-effects.js"
import type { Session } from "./session.js"
import type { Terminal } from "./terminal.js"

/** What the surroundings of a run are made from. */
export interface SurroundingsOptions {
  readonly verb: string
  readonly operation: string
  /** Which part of the run this is: 1 unless it is resumed. */
  readonly part?: number
  readonly cluster: Cluster
  readonly jobPolicy: (name: string) => JobPolicy | undefined
  readonly agent: (host: Host) => HostAgent
  readonly session: Session
  readonly terminal: Terminal
}

/** Where commands of the cluster file run on this machine. */
export function placeOf(cluster: Cluster): Place {
  return { env: process.env, cwd: dirname(cluster.file) }
}
