/** What `minos resume` says when there is nothing to go on with; else the report is that of the verb. */
export interface NothingToResume {
  readonly schema: 1
  readonly command: "resume"
  readonly ok: true
  readonly exitCode: 0
  /** Absent when no run was named. */
  readonly operation?: string
}

export function nothingToResume(operation?: string): NothingToResume {
  return {
    schema: 1,
    command: "resume",
    ok: true,
    exitCode: 0,
    ...(operation === undefined ? {} : { operation }),
  }
}

/** The report as lines. */
export function nothingText({ operation }: NothingToResume): readonly string[] {
  return [
    operation === undefined ? "no run is unfinished" : `${operation} is finished: nothing is left to do`,
  ]
}

/** `go on with d-... (deploy shop/prod: 3 of 12 tasks done, 1 unknown)` */
export function resumeQuestion(
  about: {
    readonly operation: string
    readonly verb: string
    readonly service: string
    readonly cluster: string
  },
  tasks: { readonly planned: number; readonly done: number; readonly unknown: number },
): string {
  const unknown = tasks.unknown === 0 ? "" : `, ${tasks.unknown} unknown`
  const how = `${tasks.done} of ${tasks.planned} tasks done${unknown}`
  return `go on with ${about.operation} (${about.verb} ${about.service}/${about.cluster}: ${how})`
}
