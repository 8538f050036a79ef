import { fault, type Method, type MethodTable } from "../../../rpc/method.js"
import type { Children } from "../children.js"
import type { Clock } from "../clock.js"
import { type AboutOptions, aboutMethods } from "./about.js"
import { configMethods } from "./config.js"
import { controlMethods } from "./control.js"
import { logMethods } from "./logs.js"

export interface TableOptions extends AboutOptions {
  readonly children: Children
  readonly clock: Clock
  /** Path of the agent's own log. */
  readonly mainLog?: string
  /** True once the backend is being closed. */
  readonly closing: () => boolean
}

/** The whole `supervisor.*` interface over embedded processes. */
export function supervisorMethods(options: TableOptions): MethodTable {
  const { children, clock, closing } = options
  const methods = {
    ...aboutMethods(options),
    ...configMethods(children, clock),
    ...controlMethods(children),
    ...logMethods(children, options.mainLog),
  }
  return new Map(
    Object.entries(methods).map(([name, method]) => [`supervisor.${name}`, untilClosing(method, closing)]),
  )
}

/** supervisord answers nothing but fault 6 while it ends. */
function untilClosing(method: Method, closing: () => boolean): Method {
  return {
    ...method,
    call: (params, context) => {
      if (closing()) throw fault("SHUTDOWN_STATE")
      return method.call(params, context)
    },
  }
}
