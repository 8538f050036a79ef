import { type RegionShare, tasksOf, type Wave } from "../../plan/rollout-plan.js"
import { bake } from "./bake.js"
import { isBad } from "./ledger.js"
import { blockedBy } from "./run.js"
import { type JobRun, oneTask } from "./task.js"

/** Changes the tasks of a wave, region by region, and watches them where the plan says so. */
export async function oneWave(wave: Wave, run: JobRun): Promise<void> {
  const { effects, ledger, regions, rollout } = run
  await Promise.all(wave.shares.map(share => regions.in(share.region, () => oneShare(share, wave, run))))
  const touched = wave.shares.some(share => attempted(share.tasks, run).length > 0)
  if (touched)
    await blockedBy(ledger, "postWave", effects.hook("postWave", { job: rollout.job.name, wave: wave.name }))
}

async function oneShare(share: RegionShare, wave: Wave, run: JobRun): Promise<void> {
  const { plan, ledger } = run
  const { region } = share
  await inWindow(share, run)
  if (wave.canary) await bake("canary", share.tasks, plan.bake, run)
  const own = tasksOf(run.rollout).filter(task => task.host.region === region)
  if (share.completes) await bake(region, own, plan.bakeRegion, run)
  if (wave.canary && share.tasks.some(ledger.isOpenFailure)) ledger.halt("the canary went wrong")
  // Within the budget too: what fails everywhere in a region would fail in the next one.
  const tried = attempted(own, run)
  const lost = tried.every(task => isBad(ledger.outcome(task))) && tried.some(ledger.isOpenFailure)
  if (lost && !wave.canary) ledger.halt(`everything that was tried in ${region} went wrong`)
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

function attempted(tasks: RegionShare["tasks"], { ledger }: JobRun): RegionShare["tasks"] {
  return tasks.filter(task => {
    const outcome = ledger.outcome(task)
    return outcome !== undefined && outcome.kind !== "skipped"
  })
}
