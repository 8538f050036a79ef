import type { Need } from "./able.js"
import type { LabHost } from "./host.js"

/** Something that goes wrong on a host. */
export interface Fault {
  readonly name: string
  readonly needs: readonly Need[]
  /** `region`: always on all hosts of a region. */
  readonly scope: "host" | "region"
  /** Programs of the host may be started anew by it or by its healing. */
  readonly restarts: boolean
  inject(host: LabHost): Promise<void>
  /** Brings the host back as its operator would; also where the fault did not take. */
  heal(host: LabHost): Promise<void>
}
