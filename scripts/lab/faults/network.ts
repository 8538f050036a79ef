import { attempt, must } from "../command.js"
import type { Fault } from "../fault.js"
import type { LabHost } from "../host.js"
import type { Network } from "../network.js"

const PORT = "tcp dport 9001"

/** What goes wrong between the operator and a host. */
export const NETWORK_FAULTS: readonly Fault[] = [
  filter("black-hole", { input: [`${PORT} drop`] }),
  filter("port-reset", { input: [`${PORT} reject with tcp reset`] }),
  filter("lost-answers", { output: ["tcp sport 9001 meta length > 100 drop"] }),
  filter("half-open", { input: [`${PORT} ct state established drop`] }),
  filter("loss", {
    input: ["numgen random mod 100 < 20 drop"],
    output: ["numgen random mod 100 < 20 drop"],
  }),
  {
    ...filter("region-cut", { input: ['iif != "lo" drop'], output: ['oif != "lo" drop'] }),
    scope: "region",
  },
  {
    name: "link-down",
    needs: ["netns"],
    scope: "host",
    restarts: false,
    inject: async host => void (await must(["ip", "link", "set", networkOf(host).link, "down"])),
    heal: async host => void (await must(["ip", "link", "set", networkOf(host).link, "up"])),
  },
  {
    name: "slow-line",
    needs: ["netns", "tc"],
    scope: "host",
    restarts: false,
    inject: async host => {
      for (const [before, link] of ends(networkOf(host)))
        await must([...before, "tc", "qdisc", "replace", "dev", link, "root", ...SLOW])
    },
    heal: async host => {
      for (const [before, link] of ends(networkOf(host)))
        await attempt([...before, "tc", "qdisc", "del", "dev", link, "root"])
    },
  },
]

const SLOW = "tbf rate 256kbit burst 4kb latency 400ms".split(" ")

interface Rules {
  readonly input?: readonly string[]
  readonly output?: readonly string[]
}

/** A fault that the packet filter of the host makes. */
function filter(name: string, rules: Rules): Fault {
  return {
    name,
    needs: ["netns", "nft"],
    scope: "host",
    restarts: false,
    inject: async host => void (await must([...networkOf(host).inside, "nft", "-f", "-"], table(rules))),
    heal: async host => void (await must([...networkOf(host).inside, "nft", "flush", "ruleset"])),
  }
}

/** One statement a line: nft takes no two of them on one. */
function table({ input = [], output = [] }: Rules): string {
  const chain = (hook: string, rules: readonly string[]): readonly string[] => [
    `  chain ${hook} {`,
    `    type filter hook ${hook} priority 0`,
    ...rules.map(rule => `    ${rule}`),
    "  }",
  ]
  return ["table inet lab {", ...chain("input", input), ...chain("output", output), "}", ""].join("\n")
}

function ends({ inside, link, hostLink }: Network): readonly (readonly [readonly string[], string])[] {
  return [
    [[], link],
    [inside, hostLink],
  ]
}

function networkOf({ name, network }: LabHost): Network {
  if (!network) throw new Error(`${name} has no network of its own`)
  return network
}
