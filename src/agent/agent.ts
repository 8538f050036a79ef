import { makeFolder } from "../disk/durable.js"
import type { Credentials } from "../model/endpoint.js"
import { blobHandler } from "../packages/http.js"
import { createStore } from "../packages/store.js"
import { withIntrospection } from "../rpc/introspection.js"
import { createServer } from "../rpc/server.js"
import type { Backend } from "./backend.js"
import { deploymentMethods } from "./deployment.js"
import { withReleases } from "./enrich.js"
import { operations } from "./operations.js"
import { type Releases, releases } from "./releases.js"

/** What an agent is made of. */
export interface AgentOptions {
  /** Absolute path; everything the agent keeps is below it. */
  readonly root: string
  readonly host: string
  /** 0 for a free one. */
  readonly port: number
  /** Absent: open to whoever reaches the port. */
  readonly credentials?: Credentials | undefined
  readonly backend: Backend
  readonly version: string
  readonly log: (line: string) => void
}

export interface Agent {
  readonly port: number
  /** Stops listening, lets calls in flight end, and closes the backend. */
  close(): Promise<void>
}

const LARGEST_PACKAGE = 4 * 1024 ** 3

/** Starts the XML-RPC server of a host: `supervisor.*`, `deployment.*`, `system.*`, and packages at `/blobs/sha256/`. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { root, backend, version, log } = options
  await makeFolder(root, 0o755)
  const store = createStore(root)
  await makeFolder(store.staging)
  await store.clean()
  const onDisk = releases(root, store.stagingPath)
  if (backend.kind === "embedded") await resume(backend, onDisk, log)

  const now = (): number => Math.floor(Date.now() / 1_000)
  const methods = withIntrospection(
    new Map([
      ...withReleases(backend.methods, onDisk),
      ...deploymentMethods({
        version,
        backend,
        store,
        releases: onDisk,
        operations: operations(now, log),
        now,
      }),
    ]),
  )
  const server = createServer({
    methods,
    credentials: options.credentials,
    other: blobHandler(store, { maxBytes: LARGEST_PACKAGE }),
    log,
  })
  const { port } = await server.listen(options.host, options.port)
  return {
    port,
    close: async () => {
      await server.close()
      await backend.close()
    },
  }
}

/** The embedded backend forgets its programs when it ends: what was deployed runs again when the agent does. */
async function resume(backend: Backend, onDisk: Releases, log: (line: string) => void): Promise<void> {
  for (const release of await onDisk.all()) {
    const program = onDisk.program(release)
    await backend.define(program)
    await backend
      .start(program.name)
      .catch((error: Error) => log(`${program.name} could not be started: ${error.message}`))
  }
}
