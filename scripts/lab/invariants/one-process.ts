import type { Invariant } from "../invariant.js"

/** A task has at most one living process. */
export const oneProcess: Invariant = {
  name: "one process a task",
  broken: ({ hosts }) =>
    hosts
      .filter(({ processes }) => processes.length > 1)
      .map(({ host, task, processes }) => {
        const each = processes.map(
          ({ pid, owned, version }) => `${pid} of version ${version}${owned ? "" : ", an orphan"}`,
        )
        return `${task} on ${host} has ${processes.length} processes: ${each.join(", ")}`
      }),
}
