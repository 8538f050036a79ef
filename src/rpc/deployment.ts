import { argsHash } from "../model/args-hash.js"
import type {
  ActivateRequest,
  ControlRequest,
  DeployedTask,
  HookRequest,
  Inspection,
  InspectWishes,
  KeptRelease,
  Leftover,
  OperationHead,
  OperationState,
  PrepareRequest,
  ProbeAnswer,
  ProbeRequest,
  ProgramGeneration,
  RemoveRequest,
  Switch,
} from "../model/deployment.js"
import { CallError } from "../model/failure.js"
import { FAULT } from "../model/fault.js"
import { notAsAgent } from "./classify.js"
import type { CallOptions, Proxy } from "./proxy.js"
import { releaseValue } from "./release-value.js"
import { textValue } from "./text-value.js"
import { isStruct, type XmlRpcStruct, type XmlRpcValue } from "./value.js"

export interface DeploymentOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds; the endpoint's unless given. */
  readonly timeout?: number | undefined
}

// The methods of an agent that a deploy needs. All throw a CallError.

/** An empty `sha256` asks for no package. */
export async function inspect(
  proxy: Proxy,
  service: string,
  cluster: string,
  sha256: string,
  options?: DeploymentOptions,
  { users }: InspectWishes = { users: [] },
): Promise<Inspection> {
  const params = [service, cluster, sha256]
  // Left out where it says nothing, for older agents take three parameters only.
  const answer =
    users.length === 0
      ? await struct(proxy, "inspect", params, options)
      : await struct(proxy, "inspect", [...params, { users }], options).catch(error => {
          if (!isRefused(error)) throw error
          return struct(proxy, "inspect", params, options)
        })
  const value = withLaterMembers(answer)
  if (!isInspection(value)) throw notAsAgent(proxy.endpoint, "inspect")
  return value
}

export function prepare(
  proxy: Proxy,
  request: PrepareRequest,
  options?: DeploymentOptions,
): Promise<OperationState> {
  return change(proxy, "prepare", prepareStruct(request), options)
}

export function activate(
  proxy: Proxy,
  request: ActivateRequest,
  options?: DeploymentOptions,
): Promise<OperationState> {
  return change(proxy, "activate", { ...request }, options)
}

export function remove(
  proxy: Proxy,
  request: RemoveRequest,
  options?: DeploymentOptions,
): Promise<OperationState> {
  return change(proxy, "remove", { ...request }, options)
}

export function control(
  proxy: Proxy,
  request: ControlRequest,
  options?: DeploymentOptions,
): Promise<OperationState> {
  return change(proxy, "control", { ...request }, options)
}

export async function generation(
  proxy: Proxy,
  program: string,
  options?: DeploymentOptions,
): Promise<ProgramGeneration> {
  const { now, generation } = await struct(proxy, "generation", [program], options)
  if (typeof now !== "number" || typeof generation !== "number")
    throw notAsAgent(proxy.endpoint, "generation")
  return { now, generation }
}

export function hook(
  proxy: Proxy,
  request: HookRequest,
  options?: DeploymentOptions,
): Promise<OperationState> {
  return change(proxy, "hook", { ...request }, options)
}

// Milliseconds a probe may take beyond its own timeout: the agent ends the command, and answers.
const PROBE_END = 5_000

/** Answers when the command has ended, which may be later than the endpoint's timeout. */
export async function probe(
  proxy: Proxy,
  request: ProbeRequest,
  options?: DeploymentOptions,
): Promise<ProbeAnswer> {
  const timeout = Math.max(proxy.endpoint.timeout, request.timeout * 1_000 + PROBE_END)
  const params = [{ ...request, argv: request.argv.map(textValue) }]
  const value = await struct(proxy, "probe", params, { ...options, timeout })
  if (!isProbeAnswer(value)) throw notAsAgent(proxy.endpoint, "probe")
  return { ok: value.ok, said: value.said }
}

export function operation(proxy: Proxy, op: string, options?: DeploymentOptions): Promise<OperationState> {
  return state(proxy, "operation", [op], options)
}

function change(
  proxy: Proxy,
  method: string,
  request: Sent,
  options?: DeploymentOptions,
): Promise<OperationState> {
  return state(proxy, method, [withHash(request)], options)
}

async function state(
  proxy: Proxy,
  method: string,
  params: readonly XmlRpcValue[],
  options?: DeploymentOptions,
): Promise<OperationState> {
  const value = await struct(proxy, method, params, options)
  if (!isState(value)) throw notAsAgent(proxy.endpoint, method)
  const { op, state, step, message, generation } = value
  return { op, state, step, message, generation }
}

async function struct(
  proxy: Proxy,
  method: string,
  params: readonly XmlRpcValue[],
  options?: CallOptions,
): Promise<XmlRpcStruct> {
  const value = await proxy.call(`deployment.${method}`, params, options)
  if (!isStruct(value)) throw notAsAgent(proxy.endpoint, method)
  return value
}

function isRefused(error: unknown): boolean {
  return error instanceof CallError && error.failure.faultCode === FAULT.INCORRECT_PARAMETERS
}

type Sent = XmlRpcStruct & OperationHead

function withHash(request: Sent): XmlRpcStruct {
  const { op, notAfter, ifGeneration, ...args } = request
  return { ...args, op, notAfter, ifGeneration, argsHash: argsHash(args) }
}

function prepareStruct({ release, ...rest }: PrepareRequest): Sent {
  return { ...rest, release: releaseValue(release) }
}

/** What an older agent does not tell counts as none, so that its version can be looked at. */
function withLaterMembers(value: XmlRpcStruct): XmlRpcStruct {
  const tasks = Array.isArray(value.tasks)
    ? value.tasks.map(task =>
        isStruct(task) ? { previous: "", releases: [], definition: [], switches: [], ...task } : task,
      )
    : value.tasks
  return { leftovers: [], generations: {}, ...value, ...(tasks === undefined ? {} : { tasks }) }
}

function isProbeAnswer(value: XmlRpcStruct): value is XmlRpcStruct & ProbeAnswer {
  return typeof value.ok === "boolean" && typeof value.said === "string"
}

function isState(value: XmlRpcStruct): value is XmlRpcStruct & OperationState {
  return (
    typeof value.op === "string" &&
    (value.state === "running" || value.state === "done" || value.state === "failed") &&
    typeof value.step === "string" &&
    typeof value.message === "string" &&
    typeof value.generation === "number"
  )
}

function isInspection(value: XmlRpcStruct): value is XmlRpcStruct & Inspection {
  return (
    typeof value.agent === "string" &&
    typeof value.backend === "string" &&
    typeof value.now === "number" &&
    (value.clock === undefined || typeof value.clock === "number") &&
    typeof value.hasPackage === "boolean" &&
    typeof value.freeBytes === "number" &&
    Array.isArray(value.tasks) &&
    value.tasks.every(isDeployedTask) &&
    Array.isArray(value.leftovers) &&
    value.leftovers.every(isLeftover) &&
    isStruct(value.generations) &&
    Object.values(value.generations).every(count => typeof count === "number") &&
    [value.unknownUsers, value.foreignUsers].every(users => users === undefined || isTexts(users)) &&
    (value.dataFolders === undefined || typeof value.dataFolders === "number") &&
    (value.isRoot === undefined || typeof value.isRoot === "boolean")
  )
}

function isDeployedTask(value: XmlRpcValue): value is XmlRpcStruct & DeployedTask {
  return (
    isStruct(value) &&
    typeof value.job === "string" &&
    typeof value.instance === "number" &&
    typeof value.release === "string" &&
    typeof value.version === "string" &&
    typeof value.previous === "string" &&
    Array.isArray(value.releases) &&
    value.releases.every(isKept) &&
    isTexts(value.definition) &&
    Array.isArray(value.switches) &&
    value.switches.every(isSwitch) &&
    (value.orphan === undefined || typeof value.orphan === "number")
  )
}

function isTexts(value: XmlRpcValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every(text => typeof text === "string")
}

function isSwitch(value: XmlRpcValue): value is XmlRpcStruct & Switch {
  return isStruct(value) && typeof value.op === "string" && typeof value.from === "string"
}

function isKept(value: XmlRpcValue): value is XmlRpcStruct & KeptRelease {
  return isStruct(value) && typeof value.release === "string" && typeof value.version === "string"
}

function isLeftover(value: XmlRpcValue): value is XmlRpcStruct & Leftover {
  return isStruct(value) && typeof value.job === "string" && typeof value.instance === "number"
}
