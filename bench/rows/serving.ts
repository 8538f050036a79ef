import { randomFillSync } from "node:crypto"
import { existsSync, openAsBlob, writeFileSync } from "node:fs"
import { join } from "node:path"
import { digestFile } from "../../src/packages/digest.js"
import { type Bench, compiled, type Experiment, minos, NO_COMPILER } from "../bench.js"
import { type Goal, judged, notMeasured } from "../line.js"
import type { Command } from "../measure/command.js"
import { median, type Sample } from "../measure/sample.js"
import { closedPort } from "../real/closed-port.js"
import { startServer } from "../real/server.js"
import { speed, times } from "../write.js"

const SIZE = 200e6
const CLIENTS = 50
const HOST = "127.0.0.1"
const NGINX = "/usr/sbin/nginx"
const WHAT = "serving a 200 MB package to 50 clients"
const GOAL: Goal = { limit: 0.8, stretch: 1, more: true, write: times }

/** A package to many at once, who throw it away; beside nginx, which leaves the copying to the kernel. */
export const serving: Experiment = {
  name: "serving",
  measure: async bench => {
    const sink = compiled(bench, "sink")
    if (sink === undefined) return [notMeasured(WHAT, GOAL, NO_COMPILER)]
    if (!existsSync(NGINX)) return [notMeasured(WHAT, GOAL, "no nginx")]
    const content = join(bench.folder, "package")
    writeFileSync(content, randomFillSync(Buffer.allocUnsafe(SIZE)))
    const { sha256 } = await digestFile(content)
    const path = `/blobs/sha256/${sha256}`
    const ports = [await closedPort(), await closedPort()] as const
    const agent = await startServer(agentCommand(bench, ports[0]), HOST, ports[0])
    try {
      await upload(`http://${HOST}:${ports[0]}${path}`, content)
      const nginx = await startServer(nginxCommand(bench, ports[1]), HOST, ports[1])
      try {
        const fetching = (port: number, what: string): Command => ({
          words: [sink, String(CLIENTS), HOST, String(port), what],
        })
        const { ours, theirs } = await bench.compare(
          { ours: fetching(ports[0], path), theirs: fetching(ports[1], "/package") },
          { servers: [agent.pid, nginx.pid] },
        )
        const compared = `nginx with sendfile: ${speed(speedOf(theirs))}`
        return [
          {
            what: WHAT,
            minos: speed(speedOf(ours)),
            compared,
            ...judged(speedOf(ours) / speedOf(theirs), GOAL),
          },
        ]
      } finally {
        await nginx.end()
      }
    } finally {
      await agent.end()
    }
  },
}

function speedOf({ runs }: Sample): number {
  return (CLIENTS * SIZE) / median(runs.map(run => Number(run.stdout.split(" ")[0])))
}

function agentCommand(bench: Bench, port: number): readonly string[] {
  const root = join(bench.folder, "agent")
  return minos(bench, ["agent", "serve", "--root", root, "--listen", `${HOST}:${port}`, "--embedded"]).words
}

async function upload(url: string, file: string): Promise<void> {
  const answer = await fetch(url, { method: "PUT", body: await openAsBlob(file) })
  if (!answer.ok)
    throw new Error(`the agent does not take the package: ${answer.status} ${await answer.text()}`)
}

function nginxCommand(bench: Bench, port: number): readonly string[] {
  const folder = bench.folder
  const file = bench.file(
    "nginx.conf",
    `${process.getuid?.() === 0 ? "user root;" : ""}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx.log;
events { worker_connections 256; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  client_body_temp_path ${folder}/nginx-temp;
  proxy_temp_path ${folder}/nginx-temp;
  fastcgi_temp_path ${folder}/nginx-temp;
  uwsgi_temp_path ${folder}/nginx-temp;
  scgi_temp_path ${folder}/nginx-temp;
  server { listen ${HOST}:${port}; root ${folder}; }
}
`,
  )
  return [NGINX, "-e", join(folder, "nginx.log"), "-p", folder, "-c", file]
}
