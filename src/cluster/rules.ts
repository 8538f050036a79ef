import type { UnfoldedHosts } from "./hosts.js"
import type { Finding, Located, Path } from "./located.js"
import { credentials, relayCredentials, socketSettings } from "./rules/agents.js"
import { commands } from "./rules/commands.js"
import { deadlines } from "./rules/deadlines.js"
import { disks } from "./rules/disks.js"
import { envValues } from "./rules/env.js"
import { filePaths } from "./rules/file-paths.js"
import { fileKinds } from "./rules/files.js"
import { floors } from "./rules/floors.js"
import { ambiguousNames, badAddresses, duplicateEndpoints, duplicateHosts } from "./rules/hosts.js"
import {
  duplicatePrograms,
  groupSignals,
  jobHosts,
  jobKinds,
  packageNeeded,
  programNames,
  taskCount,
} from "./rules/jobs.js"
import {
  clusterNames,
  envNames,
  hostNames,
  jobNames,
  labelNames,
  portNames,
  regionNames,
} from "./rules/names.js"
import { portDigits } from "./rules/numbers.js"
import { afterCycles, afterJobs } from "./rules/order.js"
import { ports } from "./rules/ports.js"
import { commandsOnHosts, stepKinds } from "./rules/steps.js"
import { rootUsers } from "./rules/users.js"
import { waves } from "./rules/waves.js"
import type { Draft } from "./schema.js"

/** What a rule may look at. The draft lacks what is wrong by itself; a rule says nothing about what is missing. */
export interface RuleInput {
  readonly draft: Draft
  readonly root: Located
  readonly hosts: UnfoldedHosts
  /** `LINE:COL` of a key or a value, for a problem that has two places. */
  readonly place: (path: Path, on: "key" | "value") => string
}

/** A check of the whole file that looks at more than one value, or at keys. */
export type Rule = (input: RuleInput) => readonly Finding[]

/** All of them; a new rule is a new row. */
export const RULES: readonly Rule[] = [
  regionNames,
  hostNames,
  jobNames,
  labelNames,
  envNames,
  portNames,
  clusterNames,
  ({ hosts }) => hosts.findings,
  duplicateHosts,
  badAddresses,
  duplicateEndpoints,
  ambiguousNames,
  socketSettings,
  credentials,
  relayCredentials,
  jobKinds,
  packageNeeded,
  jobHosts,
  taskCount,
  ports,
  disks,
  commands,
  groupSignals,
  programNames,
  duplicatePrograms,
  afterJobs,
  afterCycles,
  stepKinds,
  commandsOnHosts,
  waves,
  deadlines,
  floors,
  portDigits,
  rootUsers,
  envValues,
  fileKinds,
  filePaths,
]

/** Those that look at what variables may stand in, for one task whose variables are in. */
export const TASK_RULES: readonly Rule[] = [
  envNames,
  commands,
  portDigits,
  rootUsers,
  envValues,
  fileKinds,
  filePaths,
]
