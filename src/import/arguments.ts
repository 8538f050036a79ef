import type { Entry, Section } from "./configobj.js"
import { type Draft, textOf } from "./draft.js"
import { inRunFolder, shellNames } from "./run-folder.js"
import type { Scope } from "./scope.js"

/** The four kinds of words of a command, in the order in which they stand in it. */
export const ARGUMENTS = ["jvm_args", "system_properties", "main_entry", "extra_args"] as const

/** Words by what they set, so that the same setting elsewhere takes the place of this one: `{-Xmx: -Xmx1g}`. */
export type Words = Readonly<Record<string, string>>

/** The words of a section of arguments by their kind; kinds that it lacks are absent. */
export function argumentsOf(section: Section, scope: Scope, draft: Draft): Readonly<Record<string, Words>> {
  const kinds: Record<string, Words> = {}
  for (const entry of section.entries) {
    if ((ARGUMENTS as readonly string[]).includes(entry.key)) {
      const words = wordsOf(entry, scope, draft)
      if (Object.keys(words).length > 0) kinds[entry.key] = words
    } else {
      draft.note(entry.place, {
        code: "UNKNOWN",
        message: `${entry.key}: Minos read only ${ARGUMENTS.join(", ")} here`,
        hint: "Put its words into one of them, if they matter.",
      })
    }
  }
  return kinds
}

const MEMORY: readonly (readonly [string, string])[] = [
  ["xmx", "-Xmx"],
  ["xms", "-Xms"],
  ["xmn", "-Xmn"],
  ["max_direct_memory", "-XX:MaxDirectMemorySize="],
  ["max_perm_size", "-XX:MaxPermSize="],
]

/** The keys of a job that Minos' first versions had for its memory, in megabytes. */
export const MEMORY_KEYS: readonly string[] = MEMORY.map(([key]) => key)

/** The words that these keys stand for. */
export function memoryWords(section: Section): Words {
  const found = MEMORY.flatMap(([key, option]) => {
    const entry = section.entries.find(one => one.key === key)
    return entry === undefined ? [] : [`${option}${textOf(entry)}m`]
  })
  return Object.fromEntries(found.map(word => [settingOf(word), word]))
}

/** The command of a job in parts, one a line; its words are in `vars` by their kinds. */
export function commandOf(classes: readonly string[]): readonly string[] {
  const path = classes.flatMap(folder =>
    folder === "." ? [".", "lib/*", "*"] : [folder, `${folder}/lib/*`, `${folder}/*`],
  )
  const words = ARGUMENTS.map(kind => `{{ vars.${kind} | values | join: " " }}`)
  return [`java -cp ${["{{ task.files }}", ...path].join(":")}`, ...words]
}

function wordsOf(entry: Entry, scope: Scope, draft: Draft): Words {
  const words = textOf(entry)
    .split(/\s+/)
    .filter(word => word !== "")
  const converted = words.flatMap(word => {
    const { text, lost } = shellNames(draft.text(word, scope, entry.place))
    for (const name of lost) noteLost(name, word, entry, draft)
    const placed = inRunFolder(text, scope.files)
    if (placed.includes("{{ task.run }}")) noteRunFolder(word, entry, draft)
    return lost.includes("pid") ? [] : [[settingOf(word), placed] as const]
  })
  return Object.fromEntries(converted)
}

/** What a word sets: Minos' own rule for which of two words wins. */
function settingOf(word: string): string {
  const equals = word.indexOf("=")
  if (equals !== -1) return word.slice(0, equals)
  return ["-Xmx", "-Xms", "-Xmn", "-Xss"].find(option => word.startsWith(option)) ?? word
}

function noteRunFolder(word: string, entry: Entry, draft: Draft): void {
  draft.note(entry.place, {
    code: "LOOK",
    message: `${word}: Minos' run folder held the files, the logs and the package too, and task.run is empty at first`,
    hint: "Where it means one of these, write {{ task.files }}, {{ task.log }} or . for the package.",
  })
}

function noteLost(name: string, word: string, entry: Entry, draft: Draft): void {
  const said = LOST.get(name)
  draft.note(entry.place, {
    code: "NO_COUNTERPART",
    message: `${word}: ${said?.[0] ?? `$${name} was a name of the shell, and no shell reads a command here; it stays as it is`}`,
    hint: said?.[1] ?? "Write its value, or run a script of the package.",
  })
}

const LOST: ReadonlyMap<string, readonly [string, string]> = new Map([
  [
    "start_time",
    ["the time of the start is not known beforehand, and left out", "Java itself puts it in for %t"],
  ],
  [
    "pid",
    ["the number of the process is not known beforehand; the word is left out", "Let the program find it."],
  ],
])
