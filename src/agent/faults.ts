import { DEPLOYMENT_FAULT } from "../model/deployment.js"
import { FAULT } from "../model/fault.js"
import { Fault } from "../rpc/method.js"
import { oneLine } from "../rpc/printable.js"

/** The fault `NAME: detail` of the deployment methods. */
export function deploymentFault(name: keyof typeof DEPLOYMENT_FAULT, detail: string): Fault {
  return new Fault(DEPLOYMENT_FAULT[name], `${name}: ${detail}`)
}

/** The fault for a call whose parameters are not what they should be. */
export function badParameters(detail: string): Fault {
  return new Fault(FAULT.INCORRECT_PARAMETERS, `INCORRECT_PARAMETERS: ${oneLine(detail)}`)
}
