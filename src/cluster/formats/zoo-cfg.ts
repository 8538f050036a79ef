import type { Piece } from "../../model/text.js"
import { padded, unlined } from "./leaf.js"
import { propertyLines } from "./properties.js"
import type { Note, ValueTree } from "./values.js"

/**
 * ZooKeeper's `zoo.cfg`. ZooKeeper reads it as java.util.Properties and then takes the blanks off both ends of each value; its scripts
 * read it line by line. So no value holds what only an escape could bring in. `server: {1: ...}` gives `server.1=...`.
 */
export function writeZooCfg(values: ValueTree, note: Note): readonly Piece[] {
  const wrong = (text: string) => unlined(text) ?? padded(text)
  return propertyLines(values, { format: "a zoo.cfg", joins: true, wrongKey: unlined, wrong }, note)
}
