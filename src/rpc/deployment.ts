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
import { unexpected } from "./classify.js"
import type { CallOptions, Proxy } from "./proxy.js"
import { releaseValue } from "./release-value.js"
import { textValue } from "./text-value.js"
import { isStruct, type XmlRpcStruct, type XmlRpcValue } from "./value.js"

export interface DeploymentOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds; the endpoint's unless given. */
  readonly timeout?: number | undefined
}

/** The methods of an agent that a deploy needs. All throw a CallError. */
export interface Deployment {
  /** An empty `sha256` asks for no package. */
  inspect(
    service: string,
    cluster: string,
    sha256: string,
    options?: DeploymentOptions,
    wishes?: InspectWishes,
  ): Promise<Inspection>
  prepare(request: PrepareRequest, options?: DeploymentOptions): Promise<OperationState>
  activate(request: ActivateRequest, options?: DeploymentOptions): Promise<OperationState>
  remove(request: RemoveRequest, options?: DeploymentOptions): Promise<OperationState>
  control(request: ControlRequest, options?: DeploymentOptions): Promise<OperationState>
  generation(program: string, options?: DeploymentOptions): Promise<ProgramGeneration>
  hook(request: HookRequest, options?: DeploymentOptions): Promise<OperationState>
  /** Answers when the command has ended, which may be later than the endpoint's timeout. */
  probe(request: ProbeRequest, options?: DeploymentOptions): Promise<ProbeAnswer>
  operation(op: string, options?: DeploymentOptions): Promise<OperationState>
}

// Milliseconds a probe may take beyond its own timeout: the agent ends the command, and answers.
const PROBE_END = 5_000

export function deployment(proxy: Proxy): Deployment {
  const struct = async (method: string, params: readonly XmlRpcValue[], options?: CallOptions) => {
    const value = await proxy.call(`deployment.${method}`, params, options)
    if (!isStruct(value)) throw wrong(proxy, method)
    return value
  }
  const state = async (method: string, params: readonly XmlRpcValue[], options?: DeploymentOptions) => {
    const value = await struct(method, params, options)
    if (!isState(value)) throw wrong(proxy, method)
    const { op, state, step, message, generation } = value
    return { op, state, step, message, generation }
  }
  const change = (method: string, request: Sent, options?: DeploymentOptions) =>
    state(method, [withHash(request)], options)
  return {
    inspect: async (service, cluster, sha256, options, { users } = { users: [] }) => {
      const params = [service, cluster, sha256]
      // Left out where it says nothing, for older agents take three parameters only.
      const answer =
        users.length === 0
          ? await struct("inspect", params, options)
          : await struct("inspect", [...params, { users }], options).catch(error => {
              if (!isRefused(error)) throw error
              return struct("inspect", params, options)
            })
      const value = withLaterMembers(answer)
      if (!isInspection(value)) throw wrong(proxy, "inspect")
      return value
    },
    prepare: (request, options) => change("prepare", prepareStruct(request), options),
    activate: (request, options) => change("activate", { ...request }, options),
    remove: (request, options) => change("remove", { ...request }, options),
    control: (request, options) => change("control", { ...request }, options),
    generation: async (program, options) => {
      const { now, generation } = await struct("generation", [program], options)
      if (typeof now !== "number" || typeof generation !== "number") throw wrong(proxy, "generation")
      return { now, generation }
    },
    hook: (request, options) => change("hook", { ...request }, options),
    probe: async (request, options) => {
      const timeout = Math.max(proxy.endpoint.timeout, request.timeout * 1_000 + PROBE_END)
      const value = await struct("probe", [{ ...request, argv: request.argv.map(textValue) }], {
        ...options,
        timeout,
      })
      if (!isProbeAnswer(value)) throw wrong(proxy, "probe")
      return { ok: value.ok, said: value.said }
    },
    operation: (op, options) => state("operation", [op], options),
  }
}

function wrong(proxy: Proxy, method: string): CallError {
  return new CallError(
    unexpected(`deployment.${method} answered with something else than an agent does`, proxy.endpoint),
  )
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
