import type {
  ActivateRequest,
  DeployedTask,
  Inspection,
  OperationState,
  PrepareRequest,
} from "../model/deployment.js"
import { CallError } from "../model/failure.js"
import { reveal } from "../model/secret.js"
import { unexpected } from "./classify.js"
import type { Proxy } from "./proxy.js"
import { isStruct, type XmlRpcStruct, type XmlRpcValue } from "./value.js"

export interface DeploymentOptions {
  readonly signal?: AbortSignal | undefined
}

/** The methods of an agent that a deploy needs. All throw a CallError. */
export interface Deployment {
  /** An empty `sha256` asks for no package. */
  inspect(service: string, cluster: string, sha256: string, options?: DeploymentOptions): Promise<Inspection>
  prepare(request: PrepareRequest, options?: DeploymentOptions): Promise<OperationState>
  activate(request: ActivateRequest, options?: DeploymentOptions): Promise<OperationState>
  operation(op: string, options?: DeploymentOptions): Promise<OperationState>
}

export function deployment(proxy: Proxy): Deployment {
  const struct = async (method: string, params: readonly XmlRpcValue[], options?: DeploymentOptions) => {
    const value = await proxy.call(`deployment.${method}`, params, options)
    if (!isStruct(value)) throw wrong(proxy, method)
    return value
  }
  const state = async (method: string, params: readonly XmlRpcValue[], options?: DeploymentOptions) => {
    const value = await struct(method, params, options)
    if (!isState(value)) throw wrong(proxy, method)
    return { op: value.op, state: value.state, step: value.step, message: value.message }
  }
  return {
    inspect: async (service, cluster, sha256, options) => {
      const value = await struct("inspect", [service, cluster, sha256], options)
      if (!isInspection(value)) throw wrong(proxy, "inspect")
      return value
    },
    prepare: (request, options) => state("prepare", [prepareStruct(request)], options),
    activate: (request, options) => state("activate", [{ ...request }], options),
    operation: (op, options) => state("operation", [op], options),
  }
}

function wrong(proxy: Proxy, method: string): CallError {
  return new CallError(
    unexpected(`deployment.${method} answered with something else than an agent does`, proxy.endpoint),
  )
}

function prepareStruct({ release, ...rest }: PrepareRequest): XmlRpcStruct {
  const { env, ...settings } = release.process
  const values = Object.entries(env).map(([name, value]) => [name, reveal(value)])
  return {
    ...rest,
    release: {
      id: release.id,
      package: { ...release.package },
      process: { ...settings, env: Object.fromEntries(values) },
    },
  }
}

function isState(value: XmlRpcStruct): value is XmlRpcStruct & OperationState {
  return (
    typeof value.op === "string" &&
    (value.state === "running" || value.state === "done" || value.state === "failed") &&
    typeof value.step === "string" &&
    typeof value.message === "string"
  )
}

function isInspection(value: XmlRpcStruct): value is XmlRpcStruct & Inspection {
  return (
    typeof value.agent === "string" &&
    typeof value.backend === "string" &&
    typeof value.now === "number" &&
    typeof value.hasPackage === "boolean" &&
    typeof value.freeBytes === "number" &&
    Array.isArray(value.tasks) &&
    value.tasks.every(isDeployedTask)
  )
}

function isDeployedTask(value: XmlRpcValue): value is XmlRpcStruct & DeployedTask {
  return (
    isStruct(value) &&
    typeof value.job === "string" &&
    typeof value.instance === "number" &&
    typeof value.release === "string" &&
    typeof value.version === "string"
  )
}
