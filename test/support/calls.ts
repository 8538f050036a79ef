import * as deployment from "../../src/rpc/deployment.js"
import * as leases from "../../src/rpc/leases.js"
import type { Proxy } from "../../src/rpc/proxy.js"
import * as supervisor from "../../src/rpc/supervisor.js"

/** The functions of a module that take a proxy first, without it. */
type Bound<Calls> = {
  readonly [Name in keyof Calls]: Calls[Name] extends (proxy: Proxy, ...rest: infer Rest) => infer Result
    ? (...rest: Rest) => Result
    : never
}

export type SupervisorCalls = Bound<typeof supervisor>
export type DeploymentCalls = Bound<typeof deployment>

/** What can be asked of the supervisor behind a proxy. */
export const supervisorAt = (proxy: Proxy): SupervisorCalls => bound(supervisor, proxy)

/** What can be asked of the agent behind a proxy for a deploy. */
export const deploymentAt = (proxy: Proxy): DeploymentCalls => bound(deployment, proxy)

/** What can be asked of the agent behind a proxy about its leases. */
export const leasesAt = (proxy: Proxy): Bound<typeof leases> => bound(leases, proxy)

function bound<Calls extends object>(calls: Calls, proxy: Proxy): Bound<Calls> {
  const entries = Object.entries(calls).map(([name, call]) => [name, call.bind(undefined, proxy)])
  return Object.fromEntries(entries)
}
