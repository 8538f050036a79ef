import { setMaxListeners } from "node:events"
import type { Task } from "../../src/model/cluster.js"
import type { Outcome } from "../../src/model/outcome.js"
import type { HookName, OnFailure } from "../../src/model/policy.js"
import type { FloorGroup, RolloutPlan } from "../../src/plan/rollout-plan.js"
import type { Clock } from "../../src/run/clock.js"
import type {
  GateAnswer,
  Health,
  HookSubject,
  RolloutEffects,
  RolloutEvent,
} from "../../src/run/rollout/effects.js"
import { type RolledOut, rollOut } from "../../src/run/rollout/rollout.js"
import { subject } from "../../src/run/view.js"
import { simulatedClock } from "./simulated-clock.js"

/** How one task behaves. Times are milliseconds. */
export interface Behaviour {
  /** `down`: it does not run before the rollout. */
  readonly before?: "healthy" | "down"
  /** What a change takes, and the way back. */
  readonly takes?: number
  /** `fails`: it is down then. `refused`: the host is away and nothing was sent. `lost`: it is changed, and the answer lost. */
  readonly change?: "good" | "same" | "fails" | "refused" | "lost"
  /** Cannot be put back: it is down then. */
  readonly stuck?: boolean
  /** So long after its change it restarts by itself. */
  readonly flapsAfter?: number | undefined
  /** So long after its change it goes down, until it is put back. */
  readonly diesAfter?: number | undefined
  /** When it is away by itself; `unknown`: it runs, and its host does not answer. */
  readonly away?: readonly Away[]
}

export interface Away {
  readonly from: number
  readonly until: number
  readonly how: "down" | "unknown"
}

/** What else happens. Numbers count calls from 0. */
export interface World {
  readonly behaviour?: (task: Task) => Behaviour
  /** The calls of each hook that fail. */
  readonly failingHooks?: Readonly<Partial<Record<HookName, readonly number[]>>>
  readonly hookTakes?: number
  /** preTask takes the task out of service, until the time of postTask. */
  readonly drains?: boolean
  /** Gates that are shut. */
  readonly shutGates?: readonly number[]
  readonly gateTakes?: number
  /** Bakes during which a gate shuts, after 3 seconds. */
  readonly shutBakes?: readonly number[]
  /** What the operator says when asked whether to go on; then always no. */
  readonly answers?: readonly boolean[]
  readonly answerTakes?: number
  readonly interruptAt?: number
}

/** What happened, in its order; `job`, `task` and more where it is about them. */
export type Entry = { readonly at: number } & (
  | { readonly kind: "change" | "revert"; readonly task: Task }
  | { readonly kind: "changed" | "reverted"; readonly task: Task; readonly outcome: Outcome }
  | {
      readonly kind: "hook" | "hooked"
      readonly name: HookName
      readonly about: HookSubject
      readonly why?: string | undefined
      /** Tasks that are healthy when it begins. */
      readonly healthy: readonly Task[]
    }
  | { readonly kind: "gate"; readonly open: boolean }
  | { readonly kind: "asked"; readonly why: string }
  | { readonly kind: "answered"; readonly yes: boolean }
  | { readonly kind: "interrupted" }
  | { readonly kind: "told"; readonly event: RolloutEvent }
)

/** A rollout that was carried out, and all that is known of it. */
export interface Simulated extends RolledOut {
  readonly log: readonly Entry[]
  /** How many others were in service each time when the rollout took a task out of it, and how many must have been. */
  readonly ownHand: readonly { readonly task: Task; readonly left: number; readonly atLeast: number }[]
  /** Tasks that are on the new release, or may be. */
  readonly onNew: ReadonlySet<Task>
  /** Milliseconds that it took. */
  readonly took: number
}

const LATENCY = 5
const NEVER = new AbortController().signal
setMaxListeners(0, NEVER)
const FOREVER = 30 * 24 * 3_600_000
const MOST_LOOKS = 20_000

/** Carries out a plan in a simulated fleet, in no time. Rejects when it does not end within 30 simulated days. */
export async function simulateRollout(
  plan: RolloutPlan,
  onFailure: OnFailure,
  world: World = {},
): Promise<Simulated> {
  const clock = simulatedClock()
  const stopping = new AbortController()
  const log: Entry[] = []
  const ownHand: { task: Task; left: number; atLeast: number }[] = []
  const floors = plan.jobs.flatMap(job => job.floors)
  const fleet = simulatedTasks(plan, world, clock.now)
  let looks = 0
  let gates = 0
  let bakes = 0
  let questions = 0
  const calls = new Map<HookName, number>()

  const takeDown = (task: Task): void => {
    if (!fleet.of(task).isServing() && !fleet.of(task).drained) return
    for (const { members, atLeast } of floors.filter(group => group.members.includes(task))) {
      const left = members.filter(other => other !== task && fleet.of(other).isServing()).length
      ownHand.push({ task, left, atLeast })
    }
  }
  const effects: RolloutEffects = {
    clock,
    signals: { stopping: stopping.signal, aborting: NEVER },
    look: async tasks => {
      if (++looks > MOST_LOOKS) throw new Error("the rollout looks again and again")
      await clock.sleep(LATENCY, NEVER)
      return new Map(tasks.map(task => [task, fleet.of(task).health()]))
    },
    change: async task => {
      takeDown(task)
      log.push({ at: clock.now(), kind: "change", task })
      await fleet.of(task).restarting(clock)
      const outcome = fleet.of(task).change()
      log.push({ at: clock.now(), kind: "changed", task, outcome })
      return outcome
    },
    revert: async task => {
      takeDown(task)
      log.push({ at: clock.now(), kind: "revert", task })
      await fleet.of(task).restarting(clock)
      const outcome = fleet.of(task).revert()
      log.push({ at: clock.now(), kind: "reverted", task, outcome })
      return outcome
    },
    gate: async () => {
      const open = !world.shutGates?.includes(gates++)
      await clock.sleep(world.gateTakes ?? 0, stopping.signal)
      log.push({ at: clock.now(), kind: "gate", open })
      return open ? { open } : { open, why: "no" }
    },
    watchGates: async (signal): Promise<GateAnswer> => {
      const shuts = world.shutBakes?.includes(bakes++)
      await clock.sleep(3_000, signal)
      if (!shuts || signal.aborted) return { open: true }
      log.push({ at: clock.now(), kind: "gate", open: false })
      return { open: false, why: "no" }
    },
    hook: async (name, about) => {
      const { policy } = plan.jobs.find(({ job }) => job.name === about.job)!
      const healthy = fleet.tasks.filter(task => fleet.of(task).health().kind === "healthy")
      log.push({ at: clock.now(), kind: "hook", name, about, healthy })
      const drained = world.drains && about.task ? fleet.of(about.task) : undefined
      if (!policy.hooks[name]) {
        if (drained && name === "postTask") drained.drained = false
        log.push({ at: clock.now(), kind: "hooked", name, about, healthy })
        return undefined
      }
      const nth = calls.get(name) ?? 0
      calls.set(name, nth + 1)
      if (drained && name === "preTask") {
        takeDown(about.task!)
        drained.drained = drained.isServing()
      }
      await clock.sleep(world.hookTakes ?? 0, NEVER)
      if (drained && name === "postTask") drained.drained = false
      const why = world.failingHooks?.[name]?.includes(nth) ? "exit status 1" : undefined
      log.push({ at: clock.now(), kind: "hooked", name, about, why, healthy })
      return why
    },
    goOn: async why => {
      log.push({ at: clock.now(), kind: "asked", why })
      const yes = world.answers?.[questions++] ?? false
      await clock.sleep(world.answerTakes ?? 0, stopping.signal)
      log.push({ at: clock.now(), kind: "answered", yes })
      return yes
    },
    tell: event => log.push({ at: clock.now(), kind: "told", event }),
  }
  if (world.interruptAt !== undefined)
    void clock.sleep(world.interruptAt, NEVER).then(() => {
      log.push({ at: clock.now(), kind: "interrupted" })
      stopping.abort()
    })
  const hangs = clock.sleep(FOREVER, NEVER).then(() => {
    throw new Error("the rollout does not end")
  })
  const rolled = await Promise.race([rollOut(plan, onFailure, effects), hangs])
  const onNew = new Set(fleet.tasks.filter(task => fleet.of(task).isNew))
  return { ...rolled, log: [...log], ownHand, onNew, took: clock.now() }
}

interface SimulatedTask {
  readonly isNew: boolean
  drained: boolean
  /** The time that a change takes. The task is down in the second half of it, and lost to its users from the beginning. */
  restarting(clock: Clock): Promise<void>
  health(): Health
  /** Whether it does its work, seen or not. */
  isServing(): boolean
  change(): Outcome
  revert(): Outcome
}

function simulatedTasks(plan: RolloutPlan, { behaviour = () => ({}) }: World, now: () => number) {
  const members = plan.jobs.flatMap(job => [
    ...job.floors.flatMap((group: FloorGroup) => group.members),
    ...job.waves.flatMap(wave => wave.shares.flatMap(share => share.tasks)),
  ])
  const tasks = [...new Set(members)]
  const byTask = new Map(tasks.map(task => [task, simulatedTask(task, plan, behaviour(task), now)]))
  return { tasks, of: (task: Task): SimulatedTask => byTask.get(task)! }
}

const FAILURE = { reason: "refused", message: "refused", hint: "", maybeDelivered: false } as const

function simulatedTask(task: Task, { verb }: RolloutPlan, like: Behaviour, now: () => number): SimulatedTask {
  const { before = "healthy", takes = 1_000, change = "good", away = [] } = like
  let up = before === "healthy"
  let starts = 0
  let changedAt: number | undefined
  let isNew = false
  let phase: "none" | "asked" | "down" = "none"
  const isPast = (after: number | undefined): boolean =>
    changedAt !== undefined && after !== undefined && now() >= changedAt + after
  const awayNow = (how: Away["how"]): boolean =>
    away.some(time => time.how === how && time.from <= now() && now() < time.until)
  const runs = (): boolean => up && !awayNow("down") && !isPast(like.diesAfter)
  const restarts = (): number =>
    away.filter(time => time.how === "down" && time.until <= now()).length + (isPast(like.flapsAfter) ? 1 : 0)
  const end = (runs: boolean, onNew: boolean): void => {
    phase = "none"
    up = runs
    isNew = onNew
    changedAt = onNew ? now() : undefined
    starts++
  }
  const self: SimulatedTask = {
    drained: false,
    restarting: async clock => {
      phase = "asked"
      await clock.sleep(takes / 2, NEVER)
      phase = "down"
      await clock.sleep(takes / 2, NEVER)
    },
    get isNew() {
      return isNew
    },
    isServing: () => runs() && phase === "none" && !self.drained,
    health: () => {
      if (awayNow("unknown")) return { kind: "unknown", why: "no answer" }
      const seemsUp = runs() && phase !== "down" && !self.drained
      if (seemsUp) return { kind: "healthy", identity: `${starts}.${restarts()}` }
      return { kind: "down", why: self.drained ? "it is drained" : "it is EXITED" }
    },
    change: () => {
      switch (change) {
        case "good":
          end(verb !== "stop", true)
          return { ...subject(task), kind: "changed", note: "2.0.0" }
        case "same":
          phase = "none"
          return { ...subject(task), kind: "unchanged", note: "as it was" }
        case "fails":
          end(false, true)
          return { ...subject(task), kind: "failed", evidence: { message: "exited too quickly" } }
        case "refused":
          phase = "none"
          return { ...subject(task), kind: "unreachable", failure: FAILURE, unknown: false }
        case "lost":
          end(true, true)
          return { ...subject(task), kind: "unreachable", failure: FAILURE, unknown: true }
      }
    },
    revert: () => {
      if (!like.stuck) {
        end(true, false)
        return { ...subject(task), kind: "changed", note: "1.0.0" }
      }
      end(false, true)
      return { ...subject(task), kind: "failed", evidence: { message: "exited too quickly" } }
    },
  }
  return self
}
