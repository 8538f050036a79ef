import * as z from "zod"
import type { BreakRequest, LeaseRequest, UnlockRequest } from "../model/lease.js"
import { firstUnprintable } from "../model/visible.js"
import type { XmlRpcValue } from "../rpc/value.js"
import { parse, taskKey } from "./requests.js"

/** All of it is printed on the terminals of others. */
const words = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine(text => firstUnprintable(text) === undefined, "holds a control character")

const { service, cluster } = taskKey.shape

/** As an operation id, without the slash that parts a run from its steps. */
const run = z.string().regex(/^[\w.:-]{1,100}$/, "not the id of a run")

const unlock = z.strictObject({ service, cluster, run })

const lease = unlock.extend({
  who: words(100),
  from: words(255),
  command: words(1_000),
  since: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/, "not a time in UTC"),
})

const breaking = unlock.extend({ reason: words(500), who: words(400) })

const names = z.strictObject({ service, cluster })

/** The request of `deployment.lock`. */
export function leaseRequest(value: XmlRpcValue | undefined): LeaseRequest {
  return parse(lease, value)
}

/** The request of `deployment.unlock`. */
export function unlockRequest(value: XmlRpcValue | undefined): UnlockRequest {
  return parse(unlock, value)
}

/** The request of `deployment.breakLock`. */
export function breakRequest(value: XmlRpcValue | undefined): BreakRequest {
  return parse(breaking, value)
}

/** The two parameters of `deployment.locks`. */
export function clusterNames(
  service: XmlRpcValue | undefined,
  cluster: XmlRpcValue | undefined,
): { readonly service: string; readonly cluster: string } {
  return parse(names, { service: service ?? "", cluster: cluster ?? "" })
}
