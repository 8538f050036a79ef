import { writeFile } from "node:fs/promises"
import { attempt, must } from "../command.js"
import type { Fault } from "../fault.js"
import type { LabHost } from "../host.js"
import { openFiles } from "../process-table.js"

const HOUR = 3_600_000

/** What goes wrong with the agent or the supervisord of a host. */
export const PROCESS_FAULTS: readonly Fault[] = [
  frozen("agent-frozen", host => host.agent()),
  frozen("supervisord-frozen", host => host.supervisord()),
  {
    name: "agent-killed",
    needs: ["supervisord"],
    scope: "host",
    restarts: false,
    inject: host => host.killAgent(),
    heal: host => host.startAgent(),
  },
  {
    name: "supervisord-killed",
    needs: ["supervisord"],
    scope: "host",
    restarts: true,
    inject: host => host.killSupervisord(),
    heal: host => host.startSupervisord(),
  },
  clock("clock-ahead", HOUR),
  clock("clock-behind", -HOUR),
  {
    name: "few-files",
    needs: ["supervisord", "prlimit"],
    scope: "host",
    restarts: false,
    inject: host => limitFiles(host, (openFiles(host.agent()) ?? 0) + 2),
    heal: host => limitFiles(host, 1_024),
  },
]

function frozen(name: string, pidOf: (host: LabHost) => number): Fault {
  const signal = (host: LabHost, what: NodeJS.Signals): void => {
    const pid = pidOf(host)
    if (pid > 0) process.kill(pid, what)
  }
  return {
    name,
    needs: ["supervisord"],
    scope: "host",
    restarts: false,
    inject: async host => signal(host, "SIGSTOP"),
    heal: async host => signal(host, "SIGCONT"),
  }
}

function clock(name: string, ahead: number): Fault {
  return {
    name,
    needs: ["supervisord"],
    scope: "host",
    restarts: false,
    inject: host => writeFile(host.clock, String(ahead)),
    heal: host => writeFile(host.clock, "0"),
  }
}

async function limitFiles(host: LabHost, count: number): Promise<void> {
  const command = ["prlimit", "--pid", String(host.agent()), `--nofile=${count}:`]
  // An agent that ended of it is told by the invariants; it has no limit to lift.
  if (host.agent() > 0) await (count < 1_024 ? must(command) : attempt(command))
}
