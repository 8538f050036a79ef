import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePort } from "./ports.js"
import { ended, killTree, launch } from "./processes.js"
import { until } from "./until.js"

/** Keys of a `[program:x]` section, as supervisord writes them. */
export type Program = { readonly command: string } & Readonly<Record<string, string | number | boolean>>

export interface SupervisordOptions {
  /** By name; a string is a command alone. `autostart` is true unless said otherwise, as supervisord has it. */
  readonly programs?: Readonly<Record<string, string | Program>>
  /** Further sections, as they stand in the configuration file. */
  readonly config?: string
  /** With a password, both the port and the unix socket ask for it. */
  readonly user?: string
  readonly password?: string
  /** Where it listens; 127.0.0.1 unless another address of the loopback shall look like a host of its own. */
  readonly address?: string
}

/** A real supervisord of its own, on a free port and on a unix socket. */
export interface Supervisord {
  /** `http://ADDRESS:PORT`, without credentials. */
  readonly url: string
  readonly port: number
  /** `unix:///...sock`. */
  readonly socketUrl: string
  readonly socketPath: string
  /** The temporary folder it lives in. */
  readonly folder: string
  readonly configFile: string
  /** Every `*.conf` in here is part of the configuration. */
  readonly programFolder: string
  readonly pid: number
  /** Kills the daemon and all it started, and removes its folder. May be called twice. */
  stop(): Promise<void>
}

const SUPERVISORD = "/usr/bin/supervisord"
const LOOPBACK = "127.0.0.1"

/** Starts a supervisord and waits until it answers. */
export async function startSupervisord(options: SupervisordOptions = {}): Promise<Supervisord> {
  for (let tries = 1; ; tries++) {
    try {
      return await start(options)
    } catch (error) {
      // Another test may have taken the port between the look and the listen.
      if (tries === 3) throw error
    }
  }
}

async function start(options: SupervisordOptions): Promise<Supervisord> {
  const folder = await mkdtemp(join(tmpdir(), "minos-sv-"))
  const port = await freePort()
  const configFile = join(folder, "supervisord.conf")
  const socketPath = join(folder, "sv.sock")
  const programFolder = join(folder, "conf.d")
  await mkdir(programFolder)
  await writeFile(configFile, configuration(options, { folder, port, socketPath, programFolder }))
  const daemon = launch(SUPERVISORD, ["-n", "-c", configFile], { stdio: "ignore", cwd: folder })
  let failed: Error | undefined
  daemon.once("error", error => {
    failed = error
  })
  const stop = async () => {
    if (daemon.pid !== undefined && daemon.exitCode === null && daemon.signalCode === null) {
      killTree(daemon.pid)
      await ended(daemon)
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await until("supervisord answers", async () => {
      if (failed) throw failed
      if (daemon.exitCode !== null) throw new Error(`supervisord ended: ${await log(folder)}`)
      return answers(port, options)
    })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: `http://${options.address ?? LOOPBACK}:${port}`,
    port,
    socketUrl: `unix://${socketPath}`,
    socketPath,
    folder,
    configFile,
    programFolder,
    pid: daemon.pid!,
    stop,
  }
}

function configuration(
  options: SupervisordOptions,
  place: { folder: string; port: number; socketPath: string; programFolder: string },
): string {
  const credentials = authentication(options)
  return [
    "[supervisord]",
    `logfile=${place.folder}/supervisord.log`,
    `pidfile=${place.folder}/supervisord.pid`,
    `childlogdir=${place.folder}`,
    "[inet_http_server]",
    `port=${options.address ?? LOOPBACK}:${place.port}`,
    ...credentials,
    "[unix_http_server]",
    `file=${place.socketPath}`,
    ...credentials,
    "[rpcinterface:supervisor]",
    "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
    ...Object.entries(options.programs ?? {}).flatMap(([name, program]) => section(name, program)),
    options.config ?? "",
    "[include]",
    `files=${place.programFolder}/*.conf`,
    "",
  ].join("\n")
}

function authentication(options: SupervisordOptions): string[] {
  if (options.password === undefined) return []
  // supervisord expands %(NAME)s here, so a percent sign is doubled.
  const escaped = (text: string) => text.replaceAll("%", "%%")
  return [`username=${escaped(options.user ?? "minos")}`, `password=${escaped(options.password)}`]
}

function section(name: string, program: string | Program): string[] {
  const keys = typeof program === "string" ? { command: program } : program
  return [`[program:${name}]`, ...Object.entries(keys).map(([key, value]) => `${key}=${value}`)]
}

async function log(folder: string): Promise<string> {
  return readFile(join(folder, "supervisord.log"), "utf8").catch(() => "(no log)")
}

const GET_STATE = "<methodCall><methodName>supervisor.getState</methodName><params/></methodCall>"

function answers(port: number, options: SupervisordOptions): Promise<boolean> {
  return new Promise(resolve => {
    const auth =
      options.password === undefined ? {} : { auth: `${options.user ?? "minos"}:${options.password}` }
    const headers = { "Content-Type": "text/xml", "Content-Length": GET_STATE.length }
    const call = request(
      {
        host: options.address ?? LOOPBACK,
        port,
        path: "/RPC2",
        method: "POST",
        headers,
        agent: false,
        ...auth,
      },
      response => {
        response.resume()
        resolve(response.statusCode === 200)
      },
    )
    call.once("error", () => resolve(false))
    call.end(GET_STATE)
  })
}
