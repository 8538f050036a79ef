import { existsSync } from "node:fs"
import { mkdir, rm, truncate, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { attempt, must } from "./command.js"
import { PREFIX } from "./place.js"

/** What a fault can need of the machine. */
export const NEEDS = [
  "supervisord",
  "netns",
  "nft",
  "tc",
  "loop",
  "shutdown",
  "disk-error",
  "prlimit",
] as const

export type Need = (typeof NEEDS)[number]

/** Why a need is not met, for each that is not. */
export type Lacks = ReadonlyMap<Need, string>

/** Tries everything out, one by one, below `folder`; leaves nothing. With `plain` what needs root counts as lacking. */
export async function lacks(folder: string, plain: boolean): Promise<Lacks> {
  const found = new Map<Need, string>()
  const note = (need: Need, why: string | undefined): void => {
    if (why !== undefined) found.set(need, why)
  }
  note("supervisord", existsSync("/usr/bin/supervisord") ? undefined : "supervisord is not installed")
  note("prlimit", await whyNot(["prlimit", "--nofile"]))
  if (plain || process.getuid?.() !== 0) {
    const why = plain ? "left out by --plain" : "not root"
    for (const need of NEEDS) if (!["supervisord", "prlimit"].includes(need)) note(need, why)
    return found
  }
  await probeNetwork(note)
  await probeDisk(folder, note)
  return found
}

type Note = (need: Need, why: string | undefined) => void

async function probeNetwork(note: Note): Promise<void> {
  const name = `${PREFIX}-probe`
  const taken = (await attempt(["ip", "-4", "route", "show", "root", "10.200.0.0/16"])).stdout.trim()
  const inside = ["nsenter", `--net=/run/netns/${name}`]
  const made = taken === "" ? await whyNot(["ip", "netns", "add", name]) : `10.200.0.0/16 is in use: ${taken}`
  if (made !== undefined) return void ["netns", "nft", "tc"].forEach(need => void note(need as Need, made))
  try {
    note("netns", await whyNot([...inside, "ip", "link", "add", "v", "type", "veth", "peer", "name", "e"]))
    note("nft", await whyNot([...inside, "nft", "-f", "-"], NFT_PROBE))
    note(
      "tc",
      await whyNot([
        ...inside,
        "tc",
        ..."qdisc add dev v root tbf rate 1mbit burst 16kb latency 400ms".split(" "),
      ]),
    )
  } finally {
    await attempt(["ip", "netns", "del", name])
  }
}

const NFT_PROBE = `table inet probe {
  chain c {
    type filter hook input priority 0
    ct state established counter
    numgen random mod 100 < 20 drop
    tcp dport 1 reject with tcp reset
  }
}
`

async function probeDisk(folder: string, note: Note): Promise<void> {
  const image = join(folder, "probe.img")
  const mount = join(folder, "probe")
  await mkdir(mount, { recursive: true })
  try {
    await writeFile(image, "")
    await truncate(image, 8 * 1024 ** 2)
    await must(["mkfs.ext4", "-q", image])
    await must(["mount", "-o", "loop", image, mount])
  } catch (error) {
    const why = (error as Error).message
    for (const need of ["loop", "shutdown", "disk-error"] as const) note(need, why)
    return
  }
  try {
    const device = (await must(["findmnt", "-no", "SOURCE", mount])).trim().split("/").pop()
    note(
      "disk-error",
      existsSync(`/sys/fs/ext4/${device}/trigger_fs_error`)
        ? undefined
        : "the kernel has no trigger_fs_error",
    )
    note("shutdown", await whyNot(["xfs_io", "-x", "-c", "shutdown", mount]))
  } finally {
    await attempt(["umount", mount])
    await rm(image, { force: true })
    await rm(mount, { recursive: true, force: true })
  }
}

async function whyNot(command: readonly string[], input = ""): Promise<string | undefined> {
  const { ok, why } = await attempt(command, input)
  return ok ? undefined : why
}
