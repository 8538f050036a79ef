import * as z from "zod"
import { optional, text, whole } from "./schema-values.js"

/* What the tasks of a job are: where they run, how many on a host, on which ports and disks, as written. */

const INSTANCES_WORDS = "a number from 1 to 1000, or a map such as {beijing: 2, bj-01: 1}"

export const hostsSchema = z
  .array(text("the name of a host or a region, a range or a pattern"), {
    error: 'a list of hosts and regions, such as ["*"] or [beijing, "web-[01-03]"]',
  })
  .min(1, { error: "at least one host or region" })

export const instancesSchema = z.union(
  [whole(1, 1_000), z.record(z.string(), whole(1, 1_000), { error: INSTANCES_WORDS })],
  { error: INSTANCES_WORDS },
)

export const portsShape = {
  basePort: optional(
    "the first port: port n of a task is basePort + portStep x instance + n",
    whole(1, 65_535, "a port from 1 to 65535"),
  ),
  portStep: optional("ports of one instance; default 10", whole(1, 10_000)),
  ports: optional(
    "names for ports: {client: 0, peer: 1} makes task.ports.client and task.ports.peer",
    z.record(z.string(), whole(0, 9_999), { error: "a map such as {client: 0, peer: 1}" }),
  ),
}

export const dataSchema = z
  .array(whole(0, 15), { error: "a list of disks, such as [0, 1]" })
  .min(1, { error: "at least one disk" })
