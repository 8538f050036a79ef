import type { Selection } from "../cluster/select.js"
import type { Cluster, Task } from "../model/cluster.js"
import { type DeployStep, planDeploy } from "../plan/deploy-plan.js"
import { fleetFingerprint, rolloutFingerprint } from "../plan/fingerprint.js"
import { hostNeeds, usersOf } from "../plan/host-needs.js"
import { findOrphans, type Orphan } from "../plan/orphans.js"
import { preflight } from "../plan/preflight.js"
import type { RolloutPlan } from "../plan/rollout-plan.js"
import type { SavedPlan } from "../plan/saved-plan.js"
import { probe } from "../probe/check.js"
import { deployPlan } from "../run/deploy.js"
import { deployBlocker, type Survey, survey } from "../run/survey.js"
import { hostsOf } from "../run/verbs.js"
import { ChangeCommand, type ChangeFlags } from "./change-command.js"
import { type LocalBlob, realDeployEffects } from "./effects.js"
import { fileDigest } from "./file-digest.js"
import { deployedTasks, readPackage } from "./local-package.js"
import { policyFor } from "./policy.js"
import { checkPackage, checkTargets } from "./resumption.js"

/** Everything that is known before a deploy begins. */
export interface PreparedDeploy {
  readonly cluster: Cluster
  readonly tasks: readonly Task[]
  readonly all: readonly Task[]
  readonly blob: LocalBlob
  readonly found: Survey
  readonly steps: readonly DeployStep[]
  readonly plan: RolloutPlan
  readonly refused: string | undefined
  readonly warnings: readonly string[]
  readonly orphans: readonly Orphan[]
  /** What a plan file says of it. */
  readonly saved: SavedPlan
}

/** The flags that preparing needs. */
export interface DeployFlags extends ChangeFlags, Selection {
  readonly file?: string | undefined
}

/** Commands that plan a deploy, and perhaps carry it out. */
export abstract class DeployCommand extends ChangeCommand {
  /** Reads the file and the package, asks every host, and decides; changes nothing. */
  protected async prepare(flags: DeployFlags): Promise<PreparedDeploy> {
    const cluster = await this.cluster(flags.file)
    const tasks = deployedTasks(this.tasks(cluster, flags))
    const { blob, releaseOf } = await readPackage(cluster)
    if (this.resumed) checkPackage(this.resumed, blob.sha256)
    const found = await this.survey(cluster, tasks, flags, blob, task => usersOf(releaseOf(task)))
    const steps = planDeploy(tasks, releaseOf, found.before)
    if (this.resumed) checkTargets(this.resumed, this.targets(steps))
    const plan = deployPlan("deploy", steps, found, cluster.tasks, {
      ...policyFor("deploy", cluster, flags),
      production: cluster.production,
      resumed: this.resumed,
    })
    const { blockers, warnings } = preflight(
      found.inspections,
      blob.size,
      Date.now() / 1_000,
      this.config.version,
      hostNeeds(steps),
    )
    const taken = await takenPorts(steps)
    const refused = deployBlocker(found, flags["skip-unreachable"] ?? 0) ?? refusal([...blockers, ...taken])
    return {
      cluster,
      tasks,
      all: cluster.tasks,
      blob,
      found,
      steps,
      plan,
      refused,
      warnings: [...plan.warnings, ...warnings],
      orphans: findOrphans(cluster.tasks, found.inspections),
      saved: {
        schema: 1,
        kind: "minos-plan",
        service: cluster.service,
        cluster: cluster.cluster,
        made: Date.now(),
        file: await fileDigest(cluster.files),
        package: blob.sha256,
        fleet: fleetFingerprint(found.before),
        rollout: rolloutFingerprint(plan),
        tasks: tasks.map(task => task.name),
      },
    }
  }

  /** The release that each task shall run, for the journal. */
  protected targets(steps: readonly DeployStep[]): Readonly<Record<string, string>> {
    return Object.fromEntries(steps.map(({ task, to }) => [task.name, to.id]))
  }

  /** Asks every host of the tasks what runs there and what it keeps. */
  protected survey(
    cluster: Cluster,
    tasks: readonly Task[],
    flags: ChangeFlags,
    blob: LocalBlob | undefined,
    users?: (task: Task) => readonly string[],
  ): Promise<Survey> {
    const title = `asking ${hostsOf(tasks).length} hosts of ${cluster.service}/${cluster.cluster}`
    return this.look(title, tasks, flags, (signals, limits) =>
      survey(tasks, cluster, blob?.sha256 ?? "", realDeployEffects(signals, this.reach, blob), limits, users),
    )
  }
}

function refusal(blockers: readonly string[]): string | undefined {
  return blockers.length === 0 ? undefined : `nothing was touched: ${blockers.join("; ")}`
}

/** Ports that a new task will be checked on, and that something answers on already. */
async function takenPorts(steps: readonly DeployStep[]): Promise<readonly string[]> {
  const wanted = steps
    .filter(step => step.action === "install")
    .flatMap(({ task }) =>
      task.checks.flatMap(check => (check.kind === "http" || check.kind === "tcp" ? [{ task, check }] : [])),
    )
  const answers = await Promise.all(
    wanted.map(async ({ task, check: { port, interval } }) => {
      const look = { kind: "tcp", port, interval, timeout: 2_000 } as const
      const { ok } = await probe(look, task.host.address, AbortSignal.timeout(5_000))
      return ok ? [`port ${port} of ${task.host.name} is taken already, and ${task.name} needs it`] : []
    }),
  )
  return answers.flat()
}
