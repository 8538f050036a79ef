import { statfs } from "node:fs/promises"
import { DEPLOYMENT_FAULT, type OperationState, programName, type TaskKey } from "../model/deployment.js"
import { isDigest } from "../packages/digest.js"
import type { Store } from "../packages/store.js"
import { unpackPackage } from "../packages/unpack.js"
import { Fault, type Method, type MethodTable } from "../rpc/method.js"
import type { XmlRpcStruct, XmlRpcValue } from "../rpc/value.js"
import type { Backend } from "./backend.js"
import { badParameters, type Operations } from "./operations.js"
import type { Releases } from "./releases.js"
import { activateRequest, prepareRequest } from "./requests.js"

/** What the deployment methods work on. */
export interface DeploymentParts {
  readonly version: string
  readonly backend: Backend
  readonly store: Store
  readonly releases: Releases
  readonly operations: Operations
  /** Epoch seconds. */
  readonly now: () => number
}

/** The agent's own methods: `deployment.*`. A call that changes something answers at once; `operation` tells how it goes. */
export function deploymentMethods(parts: DeploymentParts): MethodTable {
  return new Map<string, Method>([
    ["deployment.inspect", inspectMethod(parts)],
    ["deployment.prepare", prepareMethod(parts)],
    ["deployment.activate", activateMethod(parts)],
    ["deployment.operation", operationMethod(parts)],
    ["deployment.list", listMethod(parts)],
  ])
}

function inspectMethod({ version, backend, store, releases, now }: DeploymentParts): Method {
  return {
    signature: ["struct", "string", "string", "string"],
    help:
      "inspect(service, cluster, sha256): what a deploy wants to know beforehand. Answers agent (its version), backend, " +
      "now (epoch seconds here), hasPackage, freeBytes (as a double), tasks (job, instance, release, version of each). " +
      "An empty sha256 asks for no package.",
    call: async ([service, cluster, sha256]) => {
      if (sha256 !== "" && !isDigest(sha256 as string)) throw badParameters("sha256: not a sha256")
      const disk = await statfs(store.root)
      const tasks = (await releases.all()).filter(
        release => release.service === service && release.cluster === cluster,
      )
      return {
        agent: version,
        backend: backend.kind,
        now: now(),
        hasPackage: sha256 !== "" && (await store.has(sha256 as string)),
        freeBytes: disk.bavail * disk.bsize,
        tasks: tasks.map(({ job, instance, id, package: { version } }) => ({
          job,
          instance,
          release: id,
          version,
        })),
      }
    },
  }
}

function prepareMethod({ store, releases, operations }: DeploymentParts): Method {
  return {
    signature: ["struct", "struct"],
    help:
      "prepare(request): makes a release on disk from a package that was sent to /blobs/sha256/DIGEST; touches no process. " +
      "request: op, notAfter, service, cluster, job, instance, task, host, region, release {id, package, process}.",
    call: async ([value]) => {
      const request = prepareRequest(value)
      const { sha256 } = request.release.package
      if (!(await store.has(sha256))) throw precondition(`the package ${sha256.slice(0, 12)} is not here`)
      return answer(
        operations.begin(request, value, laneOf(request), async step => {
          if (await releases.has(request, request.release.id)) return
          step("unpacking the package")
          await unpackPackage(store.path(sha256), releases.layout.package(sha256))
          step("making the release")
          await releases.make(request)
        }),
      )
    },
  }
}

function activateMethod({ backend, releases, operations, now }: DeploymentParts): Method {
  return {
    signature: ["struct", "struct"],
    help:
      "activate(request): stops a task, switches it to a prepared release, starts it. " +
      "request: op, notAfter, service, cluster, job, instance, release (its id). The operation is done when the start was " +
      "asked for; whether the task stays up is told by supervisor.getProcessInfo.",
    call: async ([value], { user }) => {
      const request = activateRequest(value)
      if (!(await releases.has(request, request.release)))
        throw precondition(`the release ${request.release} was not prepared here`)
      return answer(
        operations.begin(request, value, laneOf(request), async step => {
          const before = await releases.current(request)
          const event = { op: request.op, user, from: before?.id ?? null, to: request.release }
          await releases.record(request, { time: now(), event: "activate", ...event })
          step("stopping the task")
          await backend.stop(programName(request))
          step("switching to the release")
          await releases.switchTo(request, request.release)
          const release = await releases.current(request)
          if (!release) throw new Error("the release vanished while it was switched to")
          step("telling the supervisor")
          await backend.define(releases.program(release))
          step("starting the task")
          await backend.start(programName(request))
          await releases.record(request, { time: now(), event: "activated", ...event })
        }),
      )
    },
  }
}

function operationMethod({ operations }: DeploymentParts): Method {
  return {
    signature: ["struct", "string"],
    help: "operation(op): how far an operation is: op, state (running, done, failed), step, message.",
    call: ([op]) => answer(operations.state(op as string)),
  }
}

function listMethod({ releases }: DeploymentParts): Method {
  return {
    signature: ["array"],
    help: "list(): the current release of every task on this host.",
    call: async () =>
      (await releases.all()).map(({ service, cluster, job, instance, task, id, package: identity }) => ({
        service,
        cluster,
        job,
        instance,
        task,
        release: id,
        package: { ...identity },
      })),
  }
}

function answer(state: OperationState): XmlRpcStruct {
  return { ...state } satisfies Record<string, XmlRpcValue>
}

/** Operations on one task run one after another, on different tasks side by side. */
function laneOf(key: TaskKey): string {
  return programName(key)
}

function precondition(detail: string): Fault {
  return new Fault(DEPLOYMENT_FAULT.PRECONDITION, `PRECONDITION: ${detail}`)
}
