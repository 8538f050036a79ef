import { unpackPackage } from "../packages/unpack.js"
import type { Method, MethodTable } from "../rpc/method.js"
import { activate, unprepared } from "./activation.js"
import { isBootstrapDue } from "./bootstrap.js"
import { controlMethod, generationMethod } from "./deployment-control.js"
import { hookMethod } from "./deployment-hook.js"
import { inspectMethod } from "./deployment-inspect.js"
import { breakLockMethod, lockMethod, locksMethod, unlockMethod } from "./deployment-lease.js"
import { answer, clusterOf, type DeploymentParts, laneOf } from "./deployment-parts.js"
import { probeMethod } from "./deployment-probe.js"
import { removeMethod } from "./deployment-remove.js"
import { deploymentFault } from "./faults.js"
import { ownership } from "./ownership.js"
import { needBlobs } from "./release-files.js"
import { activateRequest, prepareRequest } from "./requests.js"

/** The agent's own methods: `deployment.*`. A call that changes something answers at once; `operation` tells how it goes. */
export function deploymentMethods(parts: DeploymentParts): MethodTable {
  return new Map<string, Method>([
    ["deployment.inspect", inspectMethod(parts)],
    ["deployment.prepare", prepareMethod(parts)],
    ["deployment.activate", activateMethod(parts)],
    ["deployment.remove", removeMethod(parts)],
    ["deployment.control", controlMethod(parts)],
    ["deployment.generation", generationMethod(parts)],
    ["deployment.hook", hookMethod(parts)],
    ["deployment.probe", probeMethod(parts)],
    ["deployment.operation", operationMethod(parts)],
    ["deployment.list", listMethod(parts)],
    ["deployment.lock", lockMethod(parts)],
    ["deployment.unlock", unlockMethod(parts)],
    ["deployment.breakLock", breakLockMethod(parts)],
    ["deployment.locks", locksMethod(parts)],
  ])
}

function prepareMethod({ store, releases, operations, pruner, accounts }: DeploymentParts): Method {
  return {
    signature: ["struct", "struct"],
    help:
      "prepare(request): makes a release on disk from a package, and files, that were sent to /blobs/sha256/DIGEST; touches no process. " +
      "request: op, notAfter, ifGeneration, argsHash, service, cluster, job, instance, task, host, region, release {id, package, " +
      "process, files, scripts, data}, keep (how many releases stay on disk; 5 unless given).",
    call: async ([value], { user }) => {
      const request = prepareRequest(value)
      const caller = { user, method: "deployment.prepare" }
      const again = await operations.again(request, caller)
      if (again) return answer(again)
      const { sha256 } = request.release.package
      await pruner.wanted(sha256)
      if (!(await store.has(sha256)))
        throw deploymentFault("PRECONDITION", `the package ${sha256.slice(0, 12)} is not here`)
      await needBlobs(request.release.files, digest => store.has(digest))
      await ownership(request.release, accounts)
      await releases.placeOf(request)
      const { id } = request.release
      const cluster = clusterOf(request)
      const intent = { method: "prepare", cluster, program: laneOf(request), args: { release: id } } as const
      return answer(
        await operations.begin(request, caller, intent, step =>
          pruner.whileNeeded(async () => {
            const { staging } = store
            await unpackPackage(store.path(sha256), releases.layout.package(sha256), { staging, step })
            await step("render", "making the release", async () => {
              const isHere = await releases.isMade(request)
              await (isHere ? releases.renew(request) : releases.make(request))
            })
            pruner.changed(request, request.keep)
          }),
        ),
      )
    },
  }
}

function activateMethod(parts: DeploymentParts): Method {
  const { releases, operations } = parts
  return {
    signature: ["struct", "struct"],
    help:
      "activate(request): stops a task, switches it to a prepared release, starts it. request: op, notAfter, ifGeneration, " +
      'argsHash, service, cluster, job, instance, release (its id), keep, bootstrap ("again": also over what is there). The operation is done when the start was asked for; ' +
      "whether the task stays up is told by supervisor.getProcessInfo.",
    call: async ([value], { user }) => {
      const request = activateRequest(value)
      const caller = { user, method: "deployment.activate" }
      const again = await operations.again(request, caller)
      if (again) return answer(again)
      const wanted = await releases.read(request, request.release)
      if (!wanted || !(await releases.has(request, request.release))) throw unprepared(request)
      await isBootstrapDue(wanted, request, releases)
      const { service, cluster, job, instance, release, keep } = request
      const key = { service, cluster, job, instance }
      const from = (await releases.current(request))?.id ?? ""
      const intent = {
        method: "activate",
        cluster: clusterOf(request),
        program: laneOf(request),
        args: { key, from, release, keep },
      } as const
      return answer(
        await operations.begin(request, caller, intent, step => activate(request, user, step, parts)),
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
