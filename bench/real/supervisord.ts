import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Server, startServer } from "./server.js"

export const SUPERVISORD = "/usr/bin/supervisord"

/** Starts a supervisord with three programs in the group `web`, which keeps its files in `folder`, and waits until it listens. */
export function startSupervisord(folder: string, address: string, port: number): Promise<Server> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, "supervisord.conf")
  writeFileSync(file, configuration(folder, address, port))
  return startServer([SUPERVISORD, "-n", "-c", file], address, port)
}

/** Many of them, eight at a time; gives what ends all. */
export async function startSupervisords(
  folder: string,
  addresses: readonly string[],
  port: number,
): Promise<{ readonly pids: readonly number[]; readonly end: () => Promise<void> }> {
  const started: Server[] = []
  const end = async (): Promise<void> => void (await Promise.all(started.map(one => one.end())))
  const left = [...addresses]
  const worker = async (): Promise<void> => {
    for (let address = left.shift(); address !== undefined; address = left.shift())
      started.push(await startSupervisord(join(folder, address), address, port))
  }
  const settled = await Promise.allSettled(Array.from({ length: 8 }, worker))
  const failed = settled.find(result => result.status === "rejected")
  if (failed) {
    await end()
    throw failed.reason
  }
  return { pids: started.map(({ pid }) => pid), end }
}

function configuration(folder: string, address: string, port: number): string {
  return `[supervisord]
logfile=${folder}/supervisord.log
pidfile=${folder}/supervisord.pid
childlogdir=${folder}
[inet_http_server]
port=${address}:${port}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[program:web]
process_name=%(program_name)s_%(process_num)02d
numprocs=3
startsecs=0
command=/bin/sleep 100000
`
}
