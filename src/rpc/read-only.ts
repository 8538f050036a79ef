import { remembered } from "../model/remembered.js"

const OF_SYSTEM = new Set(["listMethods", "methodHelp", "methodSignature"])
const OF_AGENT = new Set(["inspect", "generation", "operation", "list", "locks"])

/**
 * Whether a call of this method changes nothing, so that it may be made again when its answer is lost. False for every method that is
 * not known, and for `system.multicall`, which may hold anything.
 */
export const isReadOnly = remembered({ most: 64, longest: 64 }, (method): boolean => {
  const [space = "", name = "", ...rest] = method.split(".")
  if (rest.length > 0) return false
  switch (space) {
    case "system":
      return OF_SYSTEM.has(name)
    case "deployment":
      return OF_AGENT.has(name)
    case "supervisor":
      return /^(?:get|read|tail)[A-Z]/.test(name)
    default:
      return false
  }
})
