import type { FleetOptions } from "./fleet.js"
import { type FleetElsewhere, startFleetElsewhere } from "./fleet-elsewhere.js"

/** Has a fleet while `work` lasts. */
export async function withFleet<T>(
  options: FleetOptions,
  work: (fleet: FleetElsewhere) => Promise<T>,
): Promise<T> {
  const fleet = await startFleetElsewhere(options)
  try {
    return await work(fleet)
  } finally {
    await fleet.close()
  }
}
