import { statfs } from "node:fs/promises"
import type { ActivateRequest } from "../model/deployment.js"
import { isDigest } from "../packages/digest.js"
import { unpackPackage } from "../packages/unpack.js"
import type { Fault, Method, MethodTable } from "../rpc/method.js"
import { hookMethod } from "./deployment-hook.js"
import { answer, type DeploymentParts, laneOf } from "./deployment-parts.js"
import { probeMethod } from "./deployment-probe.js"
import { removeMethod } from "./deployment-remove.js"
import { tasksOnDisk } from "./deployment-tasks.js"
import { badParameters, deploymentFault } from "./operations.js"
import { orphanPids } from "./orphan-pids.js"
import { activateRequest, prepareRequest } from "./requests.js"

/** The agent's own methods: `deployment.*`. A call that changes something answers at once; `operation` tells how it goes. */
export function deploymentMethods(parts: DeploymentParts): MethodTable {
  return new Map<string, Method>([
    ["deployment.inspect", inspectMethod(parts)],
    ["deployment.prepare", prepareMethod(parts)],
    ["deployment.activate", activateMethod(parts)],
    ["deployment.remove", removeMethod(parts)],
    ["deployment.hook", hookMethod(parts)],
    ["deployment.probe", probeMethod(parts)],
    ["deployment.operation", operationMethod(parts)],
    ["deployment.list", listMethod(parts)],
  ])
}

function inspectMethod({
  version,
  backend,
  store,
  releases,
  pruner,
  orphans,
  now,
  steady,
}: DeploymentParts): Method {
  return {
    signature: ["struct", "string", "string", "string"],
    help:
      "inspect(service, cluster, sha256): what a deploy wants to know beforehand. Answers agent (its version), backend, " +
      "now (epoch seconds that only grow here, which notAfter is compared with), clock (the host's), hasPackage, freeBytes (as a double), tasks (of each: job, instance, release, version, " +
      "previous, the release before or empty, releases, what is on disk, newest use first, and orphan, the pid of a process " +
      "that runs without its supervisor, or 0), leftovers (job, instance of " +
      "tasks with a folder and no release that runs). An empty sha256 asks for no package.",
    call: async ([service, cluster, sha256]) => {
      if (sha256 !== "" && !isDigest(sha256 as string)) throw badParameters("sha256: not a sha256")
      if (sha256 !== "") await pruner.wanted(sha256 as string)
      const disk = await statfs(store.root)
      return {
        agent: version,
        backend: backend.kind,
        now: steady(),
        clock: now(),
        hasPackage: sha256 !== "" && (await store.has(sha256 as string)),
        freeBytes: disk.bavail * disk.bsize,
        ...(await tasksOnDisk(releases, service as string, cluster as string, keys =>
          orphanPids(keys, orphans, backend),
        )),
      }
    },
  }
}

function prepareMethod({ store, releases, operations, pruner }: DeploymentParts): Method {
  return {
    signature: ["struct", "struct"],
    help:
      "prepare(request): makes a release on disk from a package that was sent to /blobs/sha256/DIGEST; touches no process. " +
      "request: op, notAfter, service, cluster, job, instance, task, host, region, release {id, package, process}, keep " +
      "(how many releases stay on disk; 5 unless given).",
    call: async ([value]) => {
      const request = prepareRequest(value)
      const again = operations.again(request)
      if (again) return answer(again)
      const { sha256 } = request.release.package
      await pruner.wanted(sha256)
      if (!(await store.has(sha256)))
        throw deploymentFault("PRECONDITION", `the package ${sha256.slice(0, 12)} is not here`)
      return answer(
        operations.begin(request, laneOf(request), step =>
          pruner.whileNeeded(async () => {
            step("unpacking the package")
            await unpackPackage(store.path(sha256), releases.layout.package(sha256), {
              staging: store.staging,
            })
            step("making the release")
            const isHere = await releases.has(request, request.release.id)
            await (isHere ? releases.renew(request) : releases.make(request))
            pruner.changed(request, request.keep)
          }),
        ),
      )
    },
  }
}

function activateMethod({ backend, releases, operations, pruner, now }: DeploymentParts): Method {
  return {
    signature: ["struct", "struct"],
    help:
      "activate(request): stops a task, switches it to a prepared release, starts it. " +
      "request: op, notAfter, service, cluster, job, instance, release (its id), keep. The operation is done when the start was " +
      "asked for; whether the task stays up is told by supervisor.getProcessInfo.",
    call: async ([value], { user }) => {
      const request = activateRequest(value)
      const again = operations.again(request)
      if (again) return answer(again)
      if (!(await releases.has(request, request.release))) throw unprepared(request)
      return answer(
        operations.begin(request, laneOf(request), async step => {
          step("reading the release")
          // Again, because what ran in this lane meanwhile may have removed it.
          const release = await releases.read(request, request.release)
          if (!release) throw unprepared(request)
          const program = releases.program(release)
          const before = await releases.current(request)
          const event = { op: request.op, user, from: before?.id ?? null, to: request.release }
          step("asking the supervisor")
          await backend.check(program)
          step("writing the history")
          await releases.record(request, { time: now(), event: "activate", ...event })
          step("stopping the task")
          await backend.stop(program.name)
          step("switching to the release")
          if (before) await releases.touch(request, before.id)
          await releases.switchTo(request, request.release)
          step("telling the supervisor")
          await backend.define(program)
          step("starting the task")
          await backend.start(program.name)
          step("writing the history")
          await releases.record(request, { time: now(), event: "activated", ...event })
          pruner.changed(request, request.keep)
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

function unprepared({ release }: ActivateRequest): Fault {
  return deploymentFault("PRECONDITION", `the release ${release} was not prepared here`)
}
