import type { Release, ReleaseFile } from "../model/release.js"
import type { Account, Accounts, Owner } from "./accounts.js"
import { deploymentFault } from "./faults.js"

/** Who a release runs as, and whose its files are. */
export interface Ownership {
  /** Absent: the agent's own user, or whomever its supervisor runs programs as. */
  readonly runner?: Account
  /** Undefined: a file that the agent makes is right already. */
  ownerOf(file: Pick<ReleaseFile, "owner">): Owner | undefined
}

/** Looks up the users of a release. Throws PRECONDITION for one that is not there, or that this agent cannot become. */
export async function ownership(
  { process, files }: Pick<Release, "process" | "files">,
  accounts: Accounts,
): Promise<Ownership> {
  const runner = process.user === undefined ? undefined : await runnerOf(process.user, accounts)
  const owners = new Map<string, Owner>()
  for (const { owner } of files)
    if (owner !== undefined && !owners.has(owner)) owners.set(owner, await ownerOf(owner, accounts))
  return {
    ...(runner && { runner }),
    ownerOf: ({ owner }) => (owner === undefined ? runner : owners.get(owner)),
  }
}

/** The account that a program runs as. Throws PRECONDITION. */
export async function runnerOf(user: string, accounts: Accounts): Promise<Account> {
  const found = await known(user, accounts)
  if (found.uid === 0 && user !== "root") throw rootByAnotherName(user)
  if (canBecome(found, accounts)) return found
  throw deploymentFault(
    "PRECONDITION",
    `the agent runs as uid ${accounts.own.uid}, not as root, so it cannot run a program as ${user}: leave user out, or start the agent as root`,
  )
}

/** True when this process can run programs as that user. */
export function canBecome({ uid }: Owner, { own }: Pick<Accounts, "own">): boolean {
  return own.uid === 0 || own.uid === uid
}

/** Root has to be asked for by its name, which the cluster file allows nobody by mistake. */
function rootByAnotherName(user: string): Error {
  return deploymentFault(
    "PRECONDITION",
    `the user ${user} of this host is uid 0, which is root: say user: root (and allowRoot: true), or name another user`,
  )
}

async function ownerOf(owner: string, accounts: Accounts): Promise<Owner> {
  const [user = "", group] = owner.split(":")
  const found = await known(user, accounts)
  const gid = group === undefined ? found.gid : await accounts.group(group)
  if (gid === undefined) throw deploymentFault("PRECONDITION", `this host has no group ${group}`)
  if (accounts.own.uid === 0 || (accounts.own.uid === found.uid && found.groups.includes(gid)))
    return { uid: found.uid, gid }
  throw deploymentFault(
    "PRECONDITION",
    `the agent runs as uid ${accounts.own.uid}, not as root, so it cannot give a file to ${owner}: leave owner out, or start the agent as root`,
  )
}

async function known(user: string, accounts: Accounts): Promise<Account> {
  const found = await accounts.user(user)
  if (found) return found
  throw deploymentFault("PRECONDITION", `this host has no user ${user}`)
}
