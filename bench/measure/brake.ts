import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { availableParallelism } from "node:os"
import { fromTop, PYTHON } from "../top.js"
import { median } from "./sample.js"

/** This machine made slower. */
export interface Brake {
  /** The processes that hold it back. */
  readonly pids: readonly number[]
  /** Milliseconds that `node -e 0` takes with them. */
  readonly bare: number
  release(): void
}

const BRAKE = fromTop("bench/measure/brake.py")
const TRIES = 8
// Nearer than what one measurement differs from the next.
const NEAR = 0.06
const MOST = 0.9

/**
 * Slows this machine down until `node -e 0` takes about `target` milliseconds: each core is taken away for a part of each millisecond.
 * What is waited for is not slowed. Throws where the machine is slower already, or where a process may not have the priority (root may).
 */
export async function brake(target: number): Promise<Brake> {
  const bare = bareNode()
  if (bare > target) throw new Error(`node -e 0 takes ${Math.round(bare)} ms here, more than ${target}`)
  let share = 1 - bare / target
  for (let tries = 1; ; tries++) {
    const children = await braking(share)
    const slowed = bareNode()
    const release = (): void => {
      for (const child of children) child.kill()
    }
    if (Math.abs(slowed - target) <= NEAR * target)
      return { pids: children.map(({ pid = 0 }) => pid), bare: slowed, release }
    release()
    if (tries === TRIES) throw new Error(`node -e 0 cannot be brought to ${target} ms: it took ${slowed} ms`)
    // What is left of a core is what its work takes by.
    share = Math.min(MOST, Math.max(0, 1 - ((1 - share) * slowed) / target))
  }
}

/** Milliseconds that a bare Node takes, in the middle of several. */
export function bareNode(): number {
  const took = Array.from({ length: 21 }, () => {
    const began = performance.now()
    spawnSync(process.execPath, ["-e", "0"])
    return performance.now() - began
  })
  return median(took)
}

function braking(share: number): Promise<readonly ChildProcess[]> {
  const cores = Array.from({ length: availableParallelism() }, (_, core) => core)
  return Promise.all(cores.map(core => brakeOn(core, share)))
}

function brakeOn(core: number, share: number): Promise<ChildProcess> {
  const child = spawn(PYTHON, [BRAKE, String(core), String(share)], { stdio: ["ignore", "pipe", "pipe"] })
  return new Promise((resolve, reject) => {
    let said = ""
    child.stderr.on("data", chunk => {
      said += chunk
    })
    child.stdout.once("data", () => resolve(child))
    child.once("close", () =>
      reject(new Error(`this machine cannot be slowed: ${said.trim().split("\n").at(-1)}`)),
    )
  })
}
