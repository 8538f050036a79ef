import type { Hook, HookName } from "../model/policy.js"
import { type CommandResult, type Place, runCommand } from "./command.js"

/** What a hook is told: always the operation, and as much of the rest as the step is about. */
export interface HookContext {
  readonly hook: HookName
  /** The operation's id. */
  readonly operation: string
  readonly verb: string
  readonly service: string
  readonly cluster: string
  readonly region?: string | undefined
  readonly wave?: string | undefined
  readonly host?: string | undefined
  readonly address?: string | undefined
  readonly task?: string | undefined
  readonly job?: string | undefined
  /** The release that the task is to have. */
  readonly release?: string | undefined
  /** The release that it had. */
  readonly from?: string | undefined
  /** How the step, or for `onFailure` and `onFinish` the run, ended. */
  readonly outcome?: string | undefined
}

/** The document on a hook's standard input. Keys are only ever added to a schema. */
export type HookInput = { readonly schema: 1 } & HookContext

/** The name of each part in the environment. */
const VARIABLES: Readonly<Record<keyof HookContext, string>> = {
  hook: "MINOS_HOOK",
  operation: "MINOS_OPERATION",
  verb: "MINOS_VERB",
  service: "MINOS_SERVICE",
  // Not MINOS_CLUSTER, which names the cluster file to a minos that the hook calls.
  cluster: "MINOS_CLUSTER_NAME",
  region: "MINOS_REGION",
  wave: "MINOS_WAVE",
  host: "MINOS_HOST",
  address: "MINOS_ADDRESS",
  task: "MINOS_TASK",
  job: "MINOS_JOB",
  release: "MINOS_RELEASE",
  from: "MINOS_FROM",
  outcome: "MINOS_OUTCOME",
}

const KEYS = Object.keys(VARIABLES) as (keyof HookContext)[]

/** The JSON document of a hook: the keys in a fixed order, and none for what is not known. */
export function hookInput(context: HookContext): HookInput {
  return { schema: 1, ...Object.fromEntries(known(context)) } as HookInput
}

/** The same as variables: `MINOS_TASK=web.3`. */
export function hookEnvironment(context: HookContext): Readonly<Record<string, string>> {
  return Object.fromEntries(known(context).map(([key, value]) => [VARIABLES[key], value]))
}

/** Runs a hook on this machine, in the environment of `place` and its own. A hook that fails is a value, not a throw. */
export function runHook(
  { argv, timeout }: Pick<Hook, "argv" | "timeout">,
  context: HookContext,
  signal: AbortSignal,
  place: Place = { env: process.env },
): Promise<CommandResult> {
  // A minos that runs inside a hook of another must not pass on what that one was told.
  const own = new Set(Object.values(VARIABLES))
  const inherited = Object.entries(place.env).filter(([name]) => !own.has(name))
  return runCommand({
    argv,
    cwd: place.cwd,
    env: { ...Object.fromEntries(inherited), ...hookEnvironment(context) },
    input: hookInput(context),
    timeout,
    signal,
  })
}

function known(context: HookContext): readonly (readonly [keyof HookContext, string])[] {
  return KEYS.flatMap(key => {
    const value = context[key]
    return value === undefined ? [] : [[key, value] as const]
  })
}
