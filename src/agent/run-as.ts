import { execFile } from "node:child_process"
import type { Account, Owner } from "./accounts.js"
import { deploymentFault } from "./faults.js"

/**
 * What stands before a command so that it runs as that user, in all its groups; nothing for this process's own user. The
 * command becomes the process itself, and its environment is left as it is.
 */
export function runAs(account: Account | undefined, own: Owner): readonly string[] {
  if (!account || account.uid === own.uid) return []
  const { uid, gid, groups } = account
  // Of util-linux: Node would leave the groups out.
  return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, `--groups=${groups.join(",")}`, "--"]
}

const PATIENCE = 10_000

/** Throws PRECONDITION when the user cannot get into one of the folders, or nothing here can run a command as that user. */
export async function mustReach(account: Account, own: Owner, folders: readonly string[]): Promise<void> {
  const [command, ...args] = runAs(account, own)
  if (command === undefined) return
  const script = 'for folder do cd -- "$folder" || { echo "$folder" >&3; exit 1; }; done 3>&1 >/dev/null 2>&1'
  const closed = await new Promise<string | undefined>((resolve, reject) => {
    const all = [...args, "/bin/sh", "-c", script, "sh", ...folders]
    execFile(command, all, { cwd: "/", timeout: PATIENCE }, (error, stdout) => {
      if (!error) return resolve(undefined)
      if (error.code === "ENOENT") return reject(noSetpriv(account))
      resolve(stdout.trim() || error.message)
    })
  })
  if (closed !== undefined)
    throw deploymentFault(
      "PRECONDITION",
      `${account.name} cannot get into ${closed}: each folder above it must let others pass (chmod o+x)`,
    )
}

function noSetpriv({ name }: Account): Error {
  return deploymentFault(
    "PRECONDITION",
    `this host has no setpriv, which runs programs as ${name}: install util-linux`,
  )
}
