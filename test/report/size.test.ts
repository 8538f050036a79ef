import { expect, test } from "vitest"
import type { TaskView } from "../../src/model/outcome.js"
import { statusReport } from "../../src/report/report.js"
import { clusterOf } from "../support/fleet.js"

const COUNT = 200

/** A task with three processes, all names of it as long as long ones are. */
function view(n: number): TaskView {
  return {
    task: `storage-server.${n}`,
    host: `beijing-rack-17-storage-${String(n).padStart(5, "0")}`,
    region: "beijing-north-1",
    endpoint: `http://storage-${n}.beijing-north-1.example.com:9001`,
    kind: "seen",
    processes: ["main", "sidecar", "exporter"].map(name => ({
      name: `storage-server-${name}`,
      group: "storage-server",
      state: "RUNNING",
      pid: 4_000_000,
      start: 1_790_000_000,
      stop: 1_790_000_000,
      now: 1_790_000_000,
      spawnerr: "",
      exitstatus: 0,
      stdoutLog: `/var/log/supervisor/storage-server-${name}-stdout---supervisor-ng1czh3d.log`,
      stderrLog: `/var/log/supervisor/storage-server-${name}-stderr---supervisor-ng1czh3d.log`,
      release: "r-0123456789abcdef0123456789abcdef",
      version: "2026.11.26-0123456789ab",
    })),
  }
}

test("a status is less than 4 KB a target, and says as much however many there are", () => {
  const bytes = (count: number) => {
    const views = Array.from({ length: count }, (_, n) => view(n))
    return Buffer.byteLength(JSON.stringify(statusReport(clusterOf([]), views), null, 2)) / count
  }
  expect(bytes(1)).toBeLessThan(4_096)
  expect(bytes(COUNT)).toBeLessThan(bytes(1))
})
