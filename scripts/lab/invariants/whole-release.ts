import type { Invariant } from "../invariant.js"
import type { HostSeen } from "../observation.js"

/** `current` names a whole release whose files are those of its package, and a task that had a release has one. */
export const wholeRelease: Invariant = {
  name: "current names a whole release",
  broken: ({ hosts, programs }) =>
    hosts.flatMap(host => {
      const why = problem(host, programs)
      return why === undefined ? [] : [`${host.task} on ${host.host}: ${why}`]
    }),
}

function problem(
  { release, releaseBefore }: HostSeen,
  programs: ReadonlyMap<string, string>,
): string | undefined {
  switch (release.kind) {
    case "none":
      return releaseBefore.kind === "none" ? undefined : "the release that it had is gone"
    case "broken":
      return `its release is not whole: ${release.why}`
    case "whole":
      return programs.get(release.version) === release.program
        ? undefined
        : `its program is not that of version ${release.version}`
  }
}
