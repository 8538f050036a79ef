const LONG = 100
const PER_PIECE = 100

/**
 * A value as `JSON.stringify(value, null, 2)` writes it and a line end, in pieces: the long lists of a report are not written as a whole,
 * which would take their memory several times over. No string of the value is parted.
 */
export function* jsonPieces(value: unknown): Generator<string> {
  if (!isPlain(value) || !Object.values(value).some(isLong)) {
    yield `${JSON.stringify(value, null, 2)}\n`
    return
  }
  let before = "{"
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    const head = `${before}\n  ${JSON.stringify(name)}: `
    before = ","
    if (!isLong(member)) yield head + inside("[\n  ", [member], "\n]")
    else {
      yield head
      yield* listPieces(member)
    }
  }
  yield "\n}\n"
}

function* listPieces(list: readonly unknown[]): Generator<string> {
  for (let at = 0; at < list.length; at += PER_PIECE) {
    const items = list.slice(at, at + PER_PIECE)
    yield (at === 0 ? "[" : ",") + inside("[\n  [", [items], "\n  ]\n]")
  }
  yield "\n  ]"
}

/** What stands between the brackets around a value, indented as there. */
function inside(before: string, around: readonly unknown[], after: string): string {
  return JSON.stringify(around, null, 2).slice(before.length, -after.length)
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("toJSON" in value)
}

function isLong(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length >= LONG
}
