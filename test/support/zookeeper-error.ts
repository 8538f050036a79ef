/** Why a request to ZooKeeper has no good answer. Only after `lost` is it unknown whether a write was done. */
export type ZooKeeperProblem =
  | "lost"
  | "expired"
  | "no server"
  | "no node"
  | "node exists"
  | "bad version"
  | "refused"

export class ZooKeeperError extends Error {
  constructor(
    readonly problem: ZooKeeperProblem,
    detail: string,
  ) {
    super(`${problem}: ${detail}`)
  }
}

/** The error for a number that a server answered. */
export function errorOf(number: number, detail: string): ZooKeeperError {
  const problem = PROBLEMS[number]
  return problem ? new ZooKeeperError(problem, detail) : new ZooKeeperError("refused", `${detail}: ${number}`)
}

const PROBLEMS: Readonly<Record<number, ZooKeeperProblem>> = {
  // The server lost the leader, or another one took the session over: it may have done the write or not.
  [-4]: "lost",
  [-118]: "lost",
  [-101]: "no node",
  [-103]: "bad version",
  [-110]: "node exists",
  [-112]: "expired",
}
