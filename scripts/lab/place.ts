import { tmpdir } from "node:os"
import { join } from "node:path"

/** A host of the lab before anything of it exists. */
export interface HostPlace {
  readonly name: string
  readonly region: string
  /** From 1; its network is 10.200.N.0/30. */
  readonly number: number
}

/** Everything of a lab is below this folder, and every process of it has it in its environment as MINOS_LAB. */
export const LAB_FOLDER = join(tmpdir(), "minos-lab")

/** What names of network namespaces and links of a lab begin with: what has it and is not ours is left of a dead lab. */
export const PREFIX = "mlab"

const REGIONS = { beijing: "bj", frankfurt: "fra", virginia: "va" }
const HOSTS_A_REGION = 4

/** Three regions of four hosts, in the order of the cluster file. */
export const PLACES: readonly HostPlace[] = Object.entries(REGIONS).flatMap(([region, short], n) =>
  Array.from({ length: HOSTS_A_REGION }, (_, k) => ({
    name: `${short}-0${k + 1}`,
    region,
    number: n * HOSTS_A_REGION + k + 1,
  })),
)

export const SERVICE = "lab"
export const CLUSTER = "test"
export const JOB = "web"
