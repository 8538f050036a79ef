import { EXIT_CODES } from "../../../src/report/exit-codes.js"
import type { Invariant } from "../invariant.js"
import type { HostSeen, OutcomeJson, ProcessSeen, RunSeen } from "../observation.js"

/**
 * What a report says of a task is what the table of processes shows. It is asked of the last run of a step, and only when
 * no other that may have changed something was under way beside it.
 */
export const trueReport: Invariant = {
  name: "the report is true",
  broken: ({ hosts, runs }) => {
    const run = runs.filter(({ code }) => code !== EXIT_CODES.locked.code).at(-1)
    if (!run?.report?.outcomes || runs.some(other => other !== run && isBeside(other, run))) return []
    const claim = {
      verb: verbOf(run),
      wanted: versionOf(run) ?? versionOf(runs[0]!),
      isFirst: run === runs[0],
    }
    return run.report.outcomes.flatMap(outcome => {
      const host = hosts.find(({ task }) => task === outcome.task)
      const why = host ? problem(claim, outcome, host) : "there is no such task"
      return why === undefined
        ? []
        : [`${run.args[0]} says ${outcome.kind} of ${outcome.task} on ${outcome.host}: ${why}`]
    })
  },
}

/** What a run set out to do. */
interface Claim {
  readonly verb: string
  /** The version it deploys. */
  readonly wanted: string | undefined
  /** No other run of the step was before it. */
  readonly isFirst: boolean
}

function isBeside(other: RunSeen, run: RunSeen): boolean {
  return other.code !== EXIT_CODES.locked.code && other.ended > run.began
}

/** A run that goes on does what the one that was cut short was to do. */
function verbOf({ args, report }: RunSeen): string {
  return (args[0] === "resume" ? report?.command : args[0]) ?? ""
}

function problem(claim: Claim, outcome: OutcomeJson, host: HostSeen): string | undefined {
  switch (outcome.kind) {
    case "changed":
      return ofChanged({ ...claim, wanted: putBackTo(outcome) ?? claim.wanted }, host)
    case "unchanged":
      return claim.verb === "deploy" ? runs(claim, host) : undefined
    case "skipped":
      return claim.isFirst ? untouched(host) : undefined
    // Nothing is claimed of it: it may have come about after the report.
    case "failed":
    case "unreachable":
      return undefined
  }
}

/** The version to which a task was put back, if it was, because the rollout had failed. */
function putBackTo({ note = "" }: OutcomeJson): string | undefined {
  return /^put back: ([\d.]+): /.exec(note)?.[1]
}

function ofChanged(claim: Claim, host: HostSeen): string | undefined {
  const { processes, processesBefore, restarted } = host
  switch (claim.verb) {
    case "deploy":
      return runs(claim, host)
    case "stop":
      // A supervisord that starts anew starts its programs.
      return processes.length === 0 || restarted ? undefined : "it runs"
    case "restart":
      return processes.some(now => processesBefore.some(before => same(now, before)))
        ? "its process is the one from before"
        : someRuns(host)
    default:
      return someRuns(host)
  }
}

function runs({ wanted }: Claim, host: HostSeen): string | undefined {
  const versions = host.processes.map(({ version }) => version)
  if (versions.length > 0 && versions.every(version => version === wanted)) return undefined
  return versions.length === 0 ? "nothing runs" : `version ${versions.join(" and ")} runs, not ${wanted}`
}

/** The name of a cluster file says which version it asks for. */
function versionOf({ args }: RunSeen): string | undefined {
  return /minos-([\d.]+)\.yaml$/.exec(args[args.indexOf("-f") + 1] ?? "")?.[1]
}

function someRuns({ processes }: HostSeen): string | undefined {
  return processes.length > 0 ? undefined : "nothing runs"
}

function untouched({ release, releaseBefore }: HostSeen): string | undefined {
  return JSON.stringify(release) === JSON.stringify(releaseBefore)
    ? undefined
    : "it has another release than before"
}

function same(one: ProcessSeen, other: ProcessSeen): boolean {
  return one.pid === other.pid && one.started === other.started
}
