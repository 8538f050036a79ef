import { execFile } from "node:child_process"

/** A user and a group of a host, by their numbers. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** A user of a host, and all groups that it is in, its own among them. */
export interface Account extends Owner {
  readonly name: string
  readonly groups: readonly number[]
}

/** The users and groups of a host. */
export interface Accounts {
  /** Who this process runs as. */
  readonly own: Owner
  /** Undefined where there is no such user. */
  user(name: string): Promise<Account | undefined>
  /** Number of a group; undefined where there is none of that name. */
  group(name: string): Promise<number | undefined>
}

/** Those of this host. Asked each time, for users come and go while an agent runs; the host's directory services count. */
export const hostAccounts: Accounts = {
  get own() {
    return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  },
  user: async name => {
    const [uid, groups] = await Promise.all([ask("id", ["-u", "--", name]), ask("id", ["-G", "--", name])])
    if (uid === undefined || groups === undefined) return undefined
    // The group that the user logs in with comes first.
    const numbers = groups.split(" ").map(Number)
    return { name, uid: Number(uid), gid: numbers[0] ?? 0, groups: numbers }
  },
  group: async name => {
    const line = await ask("getent", ["group", "--", name])
    return line === undefined ? undefined : Number(line.split(":")[2])
  },
}

const PATIENCE = 10_000

/** What a command says; undefined when it says no. */
function ask(command: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { timeout: PATIENCE }, (error, stdout) => {
      if (!error) return resolve(stdout.trim())
      if (typeof error.code === "number") return resolve(undefined)
      reject(new Error(`${command} ${args.join(" ")}: ${error.message}`, { cause: error }))
    })
  })
}
