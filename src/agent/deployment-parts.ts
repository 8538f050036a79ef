import { type OperationState, programName, type TaskKey } from "../model/deployment.js"
import type { Store } from "../packages/store.js"
import type { XmlRpcStruct, XmlRpcValue } from "../rpc/value.js"
import type { Accounts } from "./accounts.js"
import type { Audit } from "./audit.js"
import type { Backend } from "./backend.js"
import type { Leases } from "./leases.js"
import type { ClusterNames } from "./operation-journal.js"
import type { Operations } from "./operations.js"
import type { Orphans } from "./orphans.js"
import type { Pruner } from "./prune.js"
import type { ReleaseCommands } from "./release-commands.js"
import type { Releases } from "./releases.js"

/** What the deployment methods work on. */
export interface DeploymentParts {
  readonly version: string
  readonly backend: Backend
  readonly store: Store
  readonly releases: Releases
  readonly operations: Operations
  readonly audit: Audit
  readonly leases: Leases
  readonly pruner: Pruner
  readonly commands: ReleaseCommands
  readonly orphans: Orphans
  readonly accounts: Accounts
  readonly log: (line: string) => void
  /** Epoch seconds on the host's clock, for histories. */
  readonly now: () => number
  /** Epoch seconds that only grow, for what expires. */
  readonly steady: () => number
}

/** An operation's state as the answer of a method. */
export function answer(state: OperationState): XmlRpcStruct {
  return { ...state } satisfies Record<string, XmlRpcValue>
}

/** The cluster that a task is of. */
export function clusterOf({ service, cluster }: Pick<TaskKey, "service" | "cluster">): ClusterNames {
  return { service, cluster }
}

/** Operations on one task run one after another, on different tasks side by side. */
export function laneOf(key: TaskKey): string {
  return programName(key)
}
