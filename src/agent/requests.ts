import { z } from "zod"
import type { ActivateRequest, PrepareRequest } from "../model/deployment.js"
import { release } from "../model/release.js"
import { isStruct, type XmlRpcValue } from "../rpc/value.js"
import { badParameters } from "./operations.js"

/** The agent trusts no caller with a path or a line of a configuration: everything is one of these. */
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "not a name")
const hostName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/, "not a host name")
const text = z
  .string()
  .max(1024 * 1024)
  .refine(value => !value.includes("\0"), "holds a NUL")
const seconds = z.int().min(0).max(86_400)

const taskKey = { service: name, cluster: name, job: name, instance: z.int().min(0).max(9_999) }
const head = { op: z.string().regex(/^[\w./:-]{1,200}$/, "not an operation id"), notAfter: z.number() }

const settings = z.strictObject({
  argv: z.array(text).min(1).max(1_000),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "not a variable's name"), text),
  autorestart: z.union([z.boolean(), z.literal("unexpected")]),
  startsecs: seconds,
  startretries: z.int().min(0).max(1_000),
  exitcodes: z.array(z.int().min(0).max(255)).min(1),
  stopsignal: z.enum(["TERM", "HUP", "INT", "QUIT", "KILL", "USR1", "USR2"]),
  stopwaitsecs: seconds,
  stopasgroup: z.boolean(),
  killasgroup: z.boolean(),
  logMaxBytes: z.number().min(0),
  logBackups: z.int().min(0).max(1_000),
})

const prepare = z.strictObject({
  ...head,
  ...taskKey,
  task: z.string().regex(/^[a-z0-9][a-z0-9-]*\.\d+$/, "not a task's name"),
  host: hostName,
  region: name,
  release: z.strictObject({
    id: z.string().regex(/^[0-9a-f]{16}$/, "not a release id"),
    package: z.strictObject({
      name: z.string().min(1).max(200),
      version: z.string().min(1).max(200),
      sha256: z.string().regex(/^[0-9a-f]{64}$/, "not a sha256"),
    }),
    process: settings,
  }),
})

const activate = z.strictObject({ ...head, ...taskKey, release: z.string().regex(/^[0-9a-f]{16}$/) })

/** The request of `deployment.prepare`; its release must have the id that its content gives. */
export function prepareRequest(value: XmlRpcValue | undefined): PrepareRequest {
  const request = parse(prepare, value)
  if (release(request.release.package, request.release.process).id !== request.release.id)
    throw badParameters(
      "release.id is not the hash of the release: client and agent are of different versions",
    )
  return request
}

/** The request of `deployment.activate`. */
export function activateRequest(value: XmlRpcValue | undefined): ActivateRequest {
  return parse(activate, value)
}

function parse<T>(schema: z.ZodType<T>, value: XmlRpcValue | undefined): T {
  if (!isStruct(value)) throw badParameters("expected a struct")
  const result = schema.safeParse(plain(value))
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw badParameters(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "wrong"}`)
}

/** zod takes only objects that have Object's prototype, and decoded structs have none. */
function plain(value: XmlRpcValue): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (!isStruct(value)) return value
  return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, plain(inner)]))
}
