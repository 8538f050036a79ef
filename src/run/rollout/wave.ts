import { type RegionShare, tasksOf, type Wave } from "../../plan/rollout-plan.js"
import { bake } from "./bake.js"
import { blockedBy } from "./run.js"
import { type JobRun, oneTask } from "./task.js"

/** Changes the tasks of a wave, region by region, and watches them where the plan says so. */
export async function oneWave(wave: Wave, run: JobRun): Promise<void> {
  const { effects, ledger, regions, rollout } = run
  await Promise.all(wave.shares.map(share => regions.in(share.region, () => oneShare(share, wave, run))))
  const tasks = wave.shares.flatMap(share => share.tasks)
  if (tasks.some(task => ledger.outcome(task)?.kind !== "skipped"))
    await blockedBy(ledger, "postWave", effects.hook("postWave", { job: rollout.job.name, wave: wave.name }))
}

async function oneShare(share: RegionShare, wave: Wave, run: JobRun): Promise<void> {
  const { plan, rollout } = run
  await inWindow(share, run)
  if (wave.canary) await bake("canary", share.tasks, plan.bake, run)
  const own = tasksOf(rollout).filter(task => task.host.region === share.region)
  if (share.completes) await bake(share.region, own, plan.bakeRegion, run)
}

/** A sliding window: the next task begins when one is done, never more than `parallel` at once. */
async function inWindow(share: RegionShare, run: JobRun): Promise<void> {
  // What a gate, a hook, a bake or another region took is no lack of progress here.
  run.ledger.progress.at = run.effects.clock.now()
  const waiting = [...share.tasks]
  const worker = async (): Promise<void> => {
    for (let task = waiting.shift(); task; task = waiting.shift()) await oneTask(task, run)
  }
  await Promise.all(Array.from({ length: Math.min(share.parallel, share.tasks.length) }, worker))
}
