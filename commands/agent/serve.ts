import { hostname } from "node:os"
import { resolve } from "node:path"
import { Flags } from "@oclif/core"
import { type Agent, startAgent } from "../../src/agent/agent.js"
import type { Backend } from "../../src/agent/backend.js"
import { checkListen, readCredentials } from "../../src/agent/credentials.js"
import { checkDataDirs } from "../../src/agent/data-dirs.js"
import { BaseCommand } from "../../src/cli/base-command.js"
import { leaseSeconds } from "../../src/cli/lease-time.js"
import { parseListen } from "../../src/cli/listen-address.js"
import { untilEnd } from "../../src/cli/until-end.js"
import { urlEndpoint } from "../../src/cli/url-endpoint.js"

export default class AgentServe extends BaseCommand {
  static override summary = "Serve XML-RPC on this host: deploys, and its supervisor."
  static override description =
    "With --embedded the agent runs the programs itself, as its children, and stops them when it ends. With --supervisor it drives " +
    "the supervisord beside it: it writes a program file a task into --program-dir, which supervisord must include, and programs " +
    "outlive the agent. Callers give the user and password of MINOS_AGENT_USER and MINOS_AGENT_PASSWORD, or of --auth-file (one line " +
    "user:password, mode 0600); on loopback without either the agent is open. The password of supervisord comes from " +
    "MINOS_SUPERVISOR_USER and MINOS_SUPERVISOR_PASSWORD."
  static override examples = [
    "<%= config.bin %> <%= command.id %> --root /var/lib/minos --listen 127.0.0.1:9001 --embedded",
    "MINOS_AGENT_USER=minos MINOS_AGENT_PASSWORD=... <%= config.bin %> <%= command.id %> --root /var/lib/minos --listen 0.0.0.0:9001 " +
      "--supervisor unix:///run/supervisor.sock --program-dir /etc/supervisor/conf.d",
  ]
  static override enableJsonFlag = false
  static override flags = {
    root: Flags.string({
      required: true,
      helpValue: "DIR",
      description: "where the agent keeps packages, releases and logs",
    }),
    data: Flags.string({
      helpValue: "DIR",
      multiple: true,
      multipleNonGreedy: true,
      description: "a disk for the data of tasks, outside of --root; once for each disk, the main one first",
    }),
    listen: Flags.string({
      default: "127.0.0.1:9001",
      helpValue: "HOST:PORT",
      description: "address to answer on; port 0 takes a free one",
    }),
    embedded: Flags.boolean({ description: "run the programs as the agent's own children" }),
    supervisor: Flags.string({
      helpValue: "URL",
      description: "the supervisord beside the agent",
      exclusive: ["embedded"],
    }),
    "program-dir": Flags.string({
      helpValue: "DIR",
      description: "the folder of program files that supervisord includes",
      dependsOn: ["supervisor"],
    }),
    "auth-file": Flags.string({ helpValue: "FILE", description: "user:password of the callers, mode 0600" }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(AgentServe)
    const { host, port } = parseListen(flags.listen)
    const credentials = await readCredentials({ authFile: flags["auth-file"], env: process.env })
    checkListen(host, credentials)
    this.terminal.hide(credentials ? [credentials.password.reveal()] : [])
    const log = (line: string): void =>
      this.terminal.err.print([`${new Date().toISOString()} ${line.replaceAll("\n", " ")}`])

    const backend = await this.backend(flags, log)
    const { version } = this.config
    const root = resolve(flags.root)
    const agent = await startAgent({
      root,
      dataDirs: await checkDataDirs(root, flags.data ?? []),
      host,
      port,
      credentials,
      backend,
      version,
      log,
      leaseSeconds: leaseSeconds(process.env),
    })
    this.terminal.out.print([
      `minos agent ${version} on ${host}:${agent.port}, ${backend.kind} backend, root ${root}`,
    ])
    log(`serving as ${hostname()}, pid ${process.pid}${credentials ? "" : ", open to everyone on this host"}`)
    await this.untilEnd(agent, log)
  }

  private async untilEnd(agent: Agent, log: (line: string) => void): Promise<void> {
    const signal = await untilEnd()
    log(`${signal}: ending`)
    await agent.close()
    log("ended")
  }

  private async backend(
    flags: { embedded?: boolean; supervisor?: string | undefined; "program-dir"?: string | undefined },
    log: (line: string) => void,
  ): Promise<Backend> {
    if (flags.supervisor !== undefined && flags["program-dir"] !== undefined) {
      const { createSupervisordBackend } = await import("../../src/agent/supervisord/backend.js")
      const env = { MINOS_RPC_PASSWORD: process.env.MINOS_SUPERVISOR_PASSWORD }
      const endpoint = urlEndpoint(flags.supervisor, process.env.MINOS_SUPERVISOR_USER, env)
      return createSupervisordBackend({ endpoint, programDir: resolve(flags["program-dir"]) })
    }
    if (!flags.embedded)
      this.error("expected --embedded, or --supervisor URL with --program-dir DIR", { exit: 2 })
    const { createEmbeddedBackend } = await import("../../src/agent/embedded/backend.js")
    return createEmbeddedBackend({ log, version: this.config.version })
  }
}
