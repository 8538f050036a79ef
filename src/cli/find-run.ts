import { nearest, someOf } from "../cluster/nearest.js"
import { checkFolder, type Places, placesIn } from "../journal/places.js"
import { runIds } from "../journal/runs.js"
import { MinosError } from "../model/error.js"
import { EXIT_CODES } from "../report/exit-codes.js"
import { stateFolder } from "./state-folder.js"

/** Where the journals of this user lie, to be read. Throws a JournalError where they cannot be believed. */
export async function readPlaces(env: Readonly<Record<string, string | undefined>>): Promise<Places> {
  const places = placesIn(stateFolder(env))
  await checkFolder(places.folder)
  return places
}

/** The id of the one run that `given` is, or is the beginning of. */
export async function findRun(places: Places, given: string): Promise<string> {
  const ids = await runIds(places)
  const found = ids.includes(given) ? [given] : ids.filter(id => id.startsWith(given))
  if (found.length === 1) return found[0] as string
  if (found.length > 1)
    throw unknownRun(`${found.length} operations begin with ${JSON.stringify(given)}`, someOf(found))
  const right = nearest(given, ids)
  throw unknownRun(
    `there is no operation ${JSON.stringify(given)} in ${places.folder}`,
    right === undefined ? "minos history lists them" : `Did you mean ${right}?`,
  )
}

function unknownRun(message: string, hint: string): MinosError {
  return new MinosError("UNKNOWN_OPERATION", message, { hint, exitCode: EXIT_CODES.usage.code })
}
