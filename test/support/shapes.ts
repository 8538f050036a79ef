import { setFlagsFromString } from "node:v8"

/** Whether V8 has one hidden class for all of these objects, so that code which looks at many of them stays fast. */
export function haveOneShape(objects: readonly object[]): boolean {
  setFlagsFromString("--allow-natives-syntax")
  const isSame = new Function("a", "b", "return %HaveSameMap(a, b)") as (a: object, b: object) => boolean
  setFlagsFromString("--no-allow-natives-syntax")
  const last = objects.at(-1)!
  // The first ones are made before V8 knows what is made there.
  return objects.slice(-10).every(object => isSame(object, last))
}
