import { statfs } from "node:fs/promises"
import * as z from "zod"
import { isDigest } from "../packages/digest.js"
import type { Method } from "../rpc/method.js"
import type { XmlRpcValue } from "../rpc/value.js"
import type { Accounts } from "./accounts.js"
import type { DeploymentParts } from "./deployment-parts.js"
import { tasksOnDisk } from "./deployment-tasks.js"
import { badParameters } from "./faults.js"
import { orphanPids } from "./orphan-pids.js"
import { canBecome } from "./ownership.js"
import { userName } from "./release-schema.js"
import { parse } from "./requests.js"

/** `deployment.inspect`: what a deploy wants to know beforehand, in one call. */
export function inspectMethod(parts: DeploymentParts): Method {
  const { version, backend, store, releases, pruner, orphans, accounts, now, steady } = parts
  return {
    signature: ["struct", "string", "string", "string", "struct"],
    optional: 1,
    help:
      "inspect(service, cluster, sha256, {users}): what a deploy wants to know beforehand. Answers agent (its version), backend, " +
      "now (epoch seconds that only grow here, which notAfter is compared with), clock (the host's), hasPackage, freeBytes (as a " +
      "double), tasks (of each: job, instance, release, version, previous, the release before or empty, releases, what is on disk, " +
      "newest use first, and orphan, the pid of a process that runs without its supervisor, or 0), leftovers (job, instance of " +
      "tasks with a folder and no release that runs), generations (of each program of the cluster that was changed, how often). " +
      "isRoot (what the agent runs as), dataFolders (how many data disks it has), and of the given users unknownUsers, whom the host " +
      "has not, and foreignUsers, whom the agent cannot become. An empty sha256 asks for no package.",
    call: async ([service, cluster, sha256, wishes]) => {
      if (sha256 !== "" && !isDigest(sha256 as string)) throw badParameters("sha256: not a sha256")
      if (sha256 !== "") await pruner.wanted(sha256 as string)
      const disk = await statfs(store.root)
      return {
        agent: version,
        backend: backend.kind,
        now: steady(),
        clock: now(),
        hasPackage: sha256 !== "" && (await store.has(sha256 as string)),
        freeBytes: disk.bavail * disk.bsize,
        ...(await tasksOnDisk(releases, service as string, cluster as string, keys =>
          orphanPids(keys, orphans, backend),
        )),
        generations: generationsOf(`${service}.${cluster}.`, parts),
        ...(await usersHere(wishes, accounts)),
        isRoot: accounts.own.uid === 0,
        dataFolders: releases.disks.count,
      }
    },
  }
}

const MOST_USERS = 1_000
const wished = z.strictObject({ users: z.array(userName).max(MOST_USERS).default([]) })

async function usersHere(
  wishes: XmlRpcValue | undefined,
  accounts: Accounts,
): Promise<{ unknownUsers: string[]; foreignUsers: string[] }> {
  const { users } = wishes === undefined ? { users: [] } : parse(wished, wishes)
  const found = await Promise.all(users.map(user => accounts.user(user)))
  return {
    unknownUsers: users.filter((_, n) => found[n] === undefined),
    foreignUsers: users.filter((_, n) => found[n] && !canBecome(found[n], accounts)),
  }
}

function generationsOf(prefix: string, { operations }: DeploymentParts): Record<string, number> {
  return Object.fromEntries([...operations.generations()].filter(([program]) => program.startsWith(prefix)))
}
