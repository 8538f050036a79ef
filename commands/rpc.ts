import { Flags } from "@oclif/core"
import { word } from "../src/cli/args.js"
import { BaseCommand } from "../src/cli/base-command.js"
import { fanOutLimits } from "../src/cli/fan-out-limits.js"
import { duration, fanOutFlags, fileFlag, selectionFlags } from "../src/cli/flags.js"
import { readValue } from "../src/cli/json-values.js"
import {
  allText,
  type Called,
  callAll,
  failureText,
  type RpcReport,
  rpcReport,
  valueText,
} from "../src/cli/raw-call.js"
import { inSession } from "../src/cli/session.js"
import { urlEndpoint } from "../src/cli/url-endpoint.js"
import { type Selection, selectHosts } from "../src/cluster/select.js"
import type { Host } from "../src/model/cluster.js"
import { MinosError } from "../src/model/error.js"
import { EXIT_CODES } from "../src/report/exit-codes.js"
import { createProxy, type Proxy } from "../src/rpc/proxy.js"

export default class Rpc extends BaseCommand {
  static override summary = "Make one raw XML-RPC call and print its result as JSON."
  static override description =
    "TARGET is a host of the cluster file, or the URL of any XML-RPC server (http, https, or unix:///PATH). With --all the call " +
    "goes to every selected host, and TARGET is left out. Parameters are JSON; a bare word is a string. For a URL the user is given " +
    "by --user and the password by MINOS_RPC_PASSWORD."
  static override examples = [
    "<%= config.bin %> <%= command.id %> http://127.0.0.1:8000 pow 2 3",
    "<%= config.bin %> <%= command.id %> bj-01 supervisor.getProcessInfo redis",
    "<%= config.bin %> <%= command.id %> --all --region beijing supervisor.getSupervisorVersion",
    "<%= config.bin %> <%= command.id %> unix:///run/supervisor.sock system.listMethods",
  ]
  static override strict = false
  static override args = {
    target: word({ description: "a host of the cluster file, or a URL; left out with --all" }),
    method: word({ description: "the method, as in supervisor.getState" }),
    json: word({ name: "json...", description: "the parameters, each as JSON" }),
  }
  static override flags = {
    ...fileFlag,
    all: Flags.boolean({ description: "call every selected host" }),
    user: Flags.string({ description: "user name for a URL; the password comes from MINOS_RPC_PASSWORD" }),
    timeout: duration({
      helpValue: "TIME",
      description: "how long the call may take; else as the cluster file says, or 5s",
    }),
    ...selectionFlags,
    ...fanOutFlags,
  }

  async run(): Promise<RpcReport> {
    const { argv, flags } = await this.parse(Rpc)
    const words = argv as string[]
    const target = flags.all ? undefined : words.shift()
    const method = words.shift()
    if (method === undefined) throw missing(flags.all)
    const targets = target === undefined ? await this.hosts(flags) : [await this.target(target, flags)]
    const call = { method, params: words.map(readValue), timeout: flags.timeout }
    const limits = fanOutLimits(flags, targets.length)
    this.findLogins(targets.map(({ proxy }) => proxy))
    const called = await inSession(
      this.terminal,
      { title: `calling ${method}`, planned: targets.length, changes: false },
      session => callAll(targets, call, limits, session.signals.aborting),
    )
    const report = rpcReport(method, called)
    if (flags.all) return this.finish(report, allText(called))
    const [answer] = called as [Called]
    if (!answer.ok && !this.jsonEnabled())
      this.terminal.err.print(failureText(answer.failure, this.terminal.err.palette))
    return this.finish(report, answer.ok ? valueText(answer.value) : [])
  }

  private async hosts(flags: Selection & { file?: string | undefined }): Promise<readonly Target[]> {
    const cluster = await this.cluster(flags.file)
    return selectHosts(cluster, flags).map(host => this.targetOf(host))
  }

  private async target(
    target: string,
    flags: { file?: string | undefined; user?: string | undefined },
  ): Promise<Target> {
    if (target.includes("://")) {
      const endpoint = urlEndpoint(target, flags.user, process.env)
      this.terminal.hide(endpoint.credentials ? [endpoint.credentials.password.reveal()] : [])
      return { name: target.replace(/\/\/[^/]*@/, "//"), region: "", proxy: createProxy(endpoint) }
    }
    const cluster = await this.cluster(flags.file)
    const [host] = selectHosts(cluster, { host: [target] })
    return this.targetOf(host!)
  }

  private targetOf(host: Host): Target {
    return { name: host.name, region: host.region, proxy: this.reach.proxyTo(host) }
  }
}

type Target = Pick<Called, "name" | "region"> & { readonly proxy: Proxy }

function missing(all: boolean | undefined): MinosError {
  return new MinosError("USAGE", `expected ${all ? "" : "TARGET "}METHOD [JSON...]`, {
    hint: "minos rpc http://127.0.0.1:8000 pow 2 3",
    exitCode: EXIT_CODES.usage.code,
  })
}
