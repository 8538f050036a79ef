import { createHash } from "node:crypto"
import type { Task } from "../model/cluster.js"
import type { Before } from "./deploy-plan.js"
import type { RolloutPlan } from "./rollout-plan.js"

/** The fleet as a plan saw it: changes as soon as a task gets another pid, start time or release. */
export function fleetFingerprint(before: ReadonlyMap<Task, Before>): string {
  const lines = [...before].map(([task, { view, inspection }]) => {
    const processes =
      view.kind === "seen"
        ? view.processes.map(({ pid, start, release }) => [pid, start, release ?? ""])
        : view.kind
    const deployed = inspection?.tasks.find(
      one => one.job === task.job.name && one.instance === task.instance,
    )
    return [task.name, task.host.name, processes, deployed?.release ?? ""]
  })
  return digest(JSON.stringify(lines))
}

/** The order and the policy of a rollout: changes as soon as a flag or the file says something else of it. */
export function rolloutFingerprint({ jobs, warnings: _warnings, ...rest }: RolloutPlan): string {
  const shapes = jobs.map(({ job, policy, after, waves, floors }) => ({
    job: job.name,
    policy,
    after,
    waves: waves.map(({ shares }) =>
      shares.map(({ region, parallel, tasks }) => [region, parallel, tasks.map(task => task.name)]),
    ),
    floors: floors.map(({ region, atLeast }) => [region, atLeast]),
  }))
  return digest(JSON.stringify([rest, shapes]))
}

/** sha256 of a text, or of bytes, in hexadecimal. */
export function digest(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex")
}
