import * as z from "zod"
import { parseReferences } from "./references.js"
import { parseRelayUrl } from "./relay-url.js"
import { duration, filled, oneOf, optional, text, whole } from "./schema-values.js"

/* Where the hosts of a cluster are and how they are reached: `regions` and `agent`, as written. */

const USER_WORDS = "a user name without a colon"
// Basic authentication ends the name at the first colon; the one of `${env:NAME}` is not part of it.
const hasNoColon = (user: string) =>
  parseReferences(user).every(part => part.kind !== "literal" || !part.text.includes(":"))

const user = () => filled(USER_WORDS).refine(hasNoColon, { error: USER_WORDS })
const password = () => text("a string").min(1, { error: "a password of at least one character" })

export const agentSchema = z.strictObject(
  {
    scheme: optional("http (the default) or https", oneOf(["http", "https"])),
    port: optional("default 9001", whole(1, 65_535, "a port from 1 to 65535")),
    user: optional("of HTTP basic authentication; may hold ${env:NAME}", user()),
    password: optional("of HTTP basic authentication; best from ${env:NAME} or ${file:PATH}", password()),
    timeout: optional("of a whole call; a host that does not answer by then is unreachable", duration),
    connectTimeout: optional("until the connection stands; never more than timeout", duration),
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

const RELAY_URL = "a URL such as http://10.0.3.10:9001, without user and password"

const relayUrl = () => filled(RELAY_URL).refine(url => parseRelayUrl(url) !== undefined, { error: RELAY_URL })

const relaySchema = z.union(
  [
    relayUrl(),
    z.strictObject(
      {
        url: relayUrl().describe("where the agent of the relay answers: http:// or https://, HOST and PORT"),
        user: optional("when it is not the one of the region's agents; may hold ${env:NAME}", user()),
        password: optional("best from ${env:NAME} or ${file:PATH}", password()),
        fallback: optional(
          "direct: what the relay does not carry goes from this machine (the default); none: it fails",
          oneOf(["direct", "none"]),
        ),
      },
      { error: "a map" },
    ),
  ],
  { error: "a URL, or a map with url, user, password and fallback" },
)

export const regionSchema = z.strictObject(
  {
    relay: optional("an agent of this region that calls the hosts here for the operator", relaySchema),
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
