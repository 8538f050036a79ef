import { open } from "node:fs/promises"
import type { Credentials } from "../model/endpoint.js"
import { MinosError } from "../model/error.js"
import { Secret } from "../model/secret.js"

const USAGE = 2

/** Where an agent's credentials may come from; never the command line, which every user of the host can read. */
export interface CredentialSources {
  /** A file of one line, `user:password`, that only its owner can read. */
  readonly authFile?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The credentials that callers of the agent must give, or undefined for an open agent. */
export async function readCredentials({
  authFile,
  env,
}: CredentialSources): Promise<Credentials | undefined> {
  if (authFile !== undefined) return readAuthFile(authFile)
  const { MINOS_AGENT_USER: user, MINOS_AGENT_PASSWORD: password } = env
  if (!user && !password) return undefined
  if (!user || !password)
    throw refused(
      `${user ? "MINOS_AGENT_PASSWORD" : "MINOS_AGENT_USER"} is not set`,
      "set both MINOS_AGENT_USER and MINOS_AGENT_PASSWORD, or neither",
    )
  return checked(user, password, "MINOS_AGENT_USER")
}

/** An agent that others can reach must know its callers: anyone who may call it runs programs on this host. */
export function checkListen(host: string, credentials: Credentials | undefined): void {
  if (credentials || isLoopback(host)) return
  throw refused(
    `refusing to listen on ${host} without credentials`,
    "set MINOS_AGENT_USER and MINOS_AGENT_PASSWORD, give --auth-file, or listen on 127.0.0.1",
  )
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host)
}

async function readAuthFile(path: string): Promise<Credentials> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    throw refused(`cannot read ${path}: ${error.code}`, "it holds one line, user:password")
  })
  try {
    const { mode } = await file.stat()
    if ((mode & 0o077) !== 0)
      throw refused(`${path} can be read by others (mode ${(mode & 0o777).toString(8)})`, `chmod 600 ${path}`)
    const text = await file.readFile("utf8").catch((error: NodeJS.ErrnoException) => {
      throw refused(`cannot read ${path}: ${error.code}`, "it holds one line, user:password")
    })
    const [line = ""] = text.split(/\r?\n/)
    const colon = line.indexOf(":")
    if (colon < 1 || colon === line.length - 1)
      throw refused(`${path} does not hold user:password`, "one line, the user's name, a colon, the password")
    return checked(line.slice(0, colon), line.slice(colon + 1), path)
  } finally {
    await file.close()
  }
}

function checked(user: string, password: string, source: string): Credentials {
  // Basic authentication ends the user's name at the first colon.
  if (user.includes(":")) throw refused(`${source}: a user's name cannot hold a colon`, "choose another name")
  return { user, password: new Secret(source, password) }
}

function refused(message: string, hint: string): MinosError {
  return new MinosError("AGENT_CREDENTIALS", message, { hint, exitCode: USAGE })
}
