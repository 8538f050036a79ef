import { oneLine } from "../model/visible.js"
import type { Entry } from "./configobj.js"
import type { Note, Place } from "./note.js"
import type { Scope } from "./scope.js"
import { type Converted, convertText } from "./variables.js"

/** What is gathered while a file is converted: notes, and what its texts turned out to need. */
export interface Draft {
  note(place: Place, note: Omit<Note, "file" | "line">): void
  /** A text with its variables converted; what is to be said about them is noted at `place`. */
  text(text: string, scope: Scope, place: Place): string
  /** The same with what it needs, noted already. */
  convert(text: string, scope: Scope, place: Place): Converted
  /** The notes, in the order of files and lines, each once. */
  notes(): readonly Note[]
  readonly vars: ReadonlySet<string>
  readonly services: ReadonlySet<string>
}

export function startDraft(): Draft {
  const notes = new Map<string, Note>()
  const vars = new Set<string>()
  const services = new Set<string>()
  const note: Draft["note"] = ({ file, line }, said) => {
    const message = oneLine(said.message)
    const key = [file, line, message].join("\0")
    if (!notes.has(key)) notes.set(key, { code: said.code, file, line, message, hint: oneLine(said.hint) })
  }
  const convert: Draft["convert"] = (text, scope, place) => {
    const converted = convertText(text, scope)
    for (const remark of converted.remarks) note(place, remark)
    for (const name of converted.vars) vars.add(name)
    for (const service of converted.services) services.add(service)
    return converted
  }
  return {
    note,
    convert,
    text: (text, scope, place) => convert(text, scope, place).text,
    notes: () =>
      [...notes.values()].sort(
        (a, b) => Number(a.file > b.file) - Number(a.file < b.file) || a.line - b.line,
      ),
    vars,
    services,
  }
}

/** A value as one text; a list as Minos' files mean it, with commas. */
export function textOf({ value }: Entry): string {
  return typeof value === "string" ? value : value.join(",")
}
