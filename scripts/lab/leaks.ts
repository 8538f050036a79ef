import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** The files of these, each a file or a folder, in which a secret stands, as it is or in base64. */
export function leaks(places: readonly string[], secret: string): readonly string[] {
  const forms = [secret, Buffer.from(`minos:${secret}`).toString("base64")]
  return places.flatMap(filesOf).filter(file => {
    const text = readFileSync(file, "latin1")
    return forms.some(form => text.includes(form))
  })
}

function filesOf(place: string): readonly string[] {
  try {
    return readdirSync(place, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOTDIR" ? [place] : []
  }
}
