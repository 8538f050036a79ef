import * as z from "zod"
import { parseReferences } from "./references.js"
import { duration, filled, oneOf, optional, text, whole } from "./schema-values.js"

/* Where the hosts of a cluster are and how they are reached: `regions` and `agent`, as written. */

const USER_WORDS = "a user name without a colon"
// Basic authentication ends the name at the first colon; the one of `${env:NAME}` is not part of it.
const hasNoColon = (user: string) =>
  parseReferences(user).every(part => part.kind !== "literal" || !part.text.includes(":"))

export const agentSchema = z.strictObject(
  {
    scheme: optional("http (the default) or https", oneOf(["http", "https"])),
    port: optional("default 9001", whole(1, 65_535, "a port from 1 to 65535")),
    user: optional(
      "of HTTP basic authentication; may hold ${env:NAME}",
      filled(USER_WORDS).refine(hasNoColon, { error: USER_WORDS }),
    ),
    password: optional(
      "of HTTP basic authentication; best from ${env:NAME} or ${file:PATH}",
      text("a string").min(1, { error: "a password of at least one character" }),
    ),
    timeout: optional("of a whole call; a host that does not answer by then is unreachable", duration()),
    connectTimeout: optional("until the connection stands; never more than timeout", duration()),
  },
  { error: "a map of scheme, port, user, password, timeout and connectTimeout" },
)

const labelsSchema = z.record(z.string(), text("a string"), { error: "a map such as {rack: r2}" })

const address = () =>
  text("an address such as 10.0.3.11 or web-1.example.com").min(1, { error: "an address" })

const hostSchema = z.union(
  [
    address(),
    z.strictObject(
      {
        address: address().describe(
          "a host name, an IPv4 or IPv6 address, a range of them, or unix:///PATH of a socket on this machine",
        ),
        agent: optional("how to reach this host, over what its region and the top say", agentSchema),
        labels: optional("facts about the host, for variables: host.labels.rack", labelsSchema),
      },
      { error: "a map" },
    ),
  ],
  { error: "an address, or a map with address, agent and labels" },
)

export const regionSchema = z.strictObject(
  {
    agent: optional("how to reach the hosts of this region, over what the top says", agentSchema),
    hosts: z
      .record(z.string(), hostSchema, { error: "a map of host names to addresses" })
      .refine(hosts => Object.keys(hosts).length > 0, { error: "at least one host" })
      .describe("names to addresses; bj-[01-03]: 10.0.3.[11-13] makes three hosts of one line"),
  },
  { error: "a map with hosts and, when they differ, agent settings" },
)

export type WrittenAgent = z.infer<typeof agentSchema>
export type WrittenHost = z.infer<typeof hostSchema>
