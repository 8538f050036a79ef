import * as z from "zod"
import { argsHash } from "../model/args-hash.js"
import type {
  ActivateRequest,
  ControlRequest,
  HookRequest,
  PrepareRequest,
  ProbeRequest,
  RemoveRequest,
  SentHead,
} from "../model/deployment.js"
import { release } from "../model/release.js"
import { firstUnprintable } from "../model/visible.js"
import { isStruct, type XmlRpcStruct, type XmlRpcValue } from "../rpc/value.js"
import { badParameters } from "./faults.js"
import { argv, environment } from "./program-strings.js"
import { releaseArgv, releaseId, releaseSchema } from "./release-schema.js"

/** The agent trusts no caller with a path or a line of a configuration: everything is one of these. */
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "not a name")
const hostName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/, "not a host name")
const taskName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}\.\d{1,9}$/, "not a task's name")
/** What a task is filed under. */
export const taskKey = z.object({
  service: name,
  cluster: name,
  job: name,
  instance: z.int().min(0).max(9_999),
})

/** The names of a task and of where it runs. */
export const taskNames = z.object({ task: taskName, host: hostName, region: name })

const LONGEST_PROBE = 60
const MOST_KEPT = 100
const KEPT_UNLESS_SAID = 5
const LONGEST_INPUT = 64 * 1024

/** Clients of before it could be said do not send it. */
const keep = z.int().min(1).max(MOST_KEPT).default(KEPT_UNLESS_SAID)

const head = {
  op: z.string().regex(/^[\w./:-]{1,200}$/, "not an operation id"),
  notAfter: z.number(),
  ifGeneration: z.int().min(-1),
  argsHash: z.string().regex(/^[0-9a-f]{64}$/, "not a sha256"),
}

const prepare = z.strictObject({
  ...head,
  ...taskKey.shape,
  ...taskNames.shape,
  keep,
  definition: z.array(z.string().max(1_000)).max(4_000).default([]),
  release: releaseSchema,
})

const activate = z.strictObject({
  ...head,
  ...taskKey.shape,
  keep,
  release: releaseId,
  bootstrap: z.literal("again").exactOptional(),
})

const remove = z.strictObject({ ...head, ...taskKey.shape, data: z.boolean() })

const control = z.strictObject({
  ...head,
  service: name,
  cluster: name,
  // What a supervisor takes for a name, but for what could not be printed.
  program: z
    .string()
    .min(1)
    .max(512)
    .refine(text => firstUnprintable(text) === undefined, "holds a control character"),
  action: z.enum(["start", "stop", "restart"]),
})

const probe = z.strictObject({
  ...taskKey.shape,
  argv: releaseArgv,
  timeout: z.number().positive().max(LONGEST_PROBE),
})

const hook = z.strictObject({
  ...head,
  ...taskKey.shape,
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,62}$/, "not a hook's name"),
  // env(1), which sets the hook's environment, would take it for a variable.
  argv: argv.refine(([program]) => !program?.includes("="), "a program with = in its name cannot be run"),
  env: environment,
  input: z.string().max(LONGEST_INPUT).refine(isJson, "not JSON"),
  timeout: z.number().positive().max(86_400),
})

/** The request of `deployment.prepare`; its release must have the id that its content gives. */
export function prepareRequest(value: XmlRpcValue | undefined): PrepareRequest & SentHead {
  const request = changing(prepare, value)
  if (release(request.release).id !== request.release.id)
    throw badParameters(
      "release.id is not the hash of the release: client and agent are of different versions",
    )
  return request
}

/** The request of `deployment.activate`. */
export function activateRequest(value: XmlRpcValue | undefined): ActivateRequest & SentHead {
  return changing(activate, value)
}

/** The request of `deployment.remove`. */
export function removeRequest(value: XmlRpcValue | undefined): RemoveRequest & SentHead {
  return changing(remove, value)
}

/** The request of `deployment.probe`. */
export function probeRequest(value: XmlRpcValue | undefined): ProbeRequest {
  return parse(probe, value)
}

/** The request of `deployment.control`. */
export function controlRequest(value: XmlRpcValue | undefined): ControlRequest & SentHead {
  return changing(control, value)
}

/** The request of `deployment.hook`. */
export function hookRequest(value: XmlRpcValue | undefined): HookRequest & SentHead {
  return changing(hook, value)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** A request that changes something: its hash must be that of what arrived. */
function changing<T extends SentHead>(schema: z.ZodType<T>, value: XmlRpcValue | undefined): T {
  const request = parse(schema, value)
  const {
    op: _op,
    notAfter: _notAfter,
    ifGeneration: _generation,
    argsHash: said,
    ...args
  } = value as XmlRpcStruct
  if (argsHash(args) !== said) throw badParameters("argsHash is not the hash of the request")
  return request
}

/** A value as a request of this shape. Throws INCORRECT_PARAMETERS with the first thing that is wrong. */
export function parse<T>(schema: z.ZodType<T>, value: XmlRpcValue | undefined): T {
  if (!isStruct(value)) throw badParameters("expected a struct")
  const result = schema.safeParse(plain(value))
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const { message } = (issue?.code === "invalid_key" && issue.issues[0]) || {
    message: issue?.message ?? "wrong",
  }
  throw badParameters(`${issue?.path.join(".") ?? ""}: ${message}`)
}

/** zod takes only objects that have Object's prototype, and decoded structs have none. */
function plain(value: XmlRpcValue): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (!isStruct(value)) return value
  // zod passes over this name without a word.
  if (Object.hasOwn(value, "__proto__")) throw badParameters("__proto__ is no name for anything")
  return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, plain(inner)]))
}
