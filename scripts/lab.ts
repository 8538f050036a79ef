// A fleet of three regions with four hosts each on this machine, which is hurt in every way that can be arranged while
// an operator works on it. `docs/testing.md` says how to read it. It only ever talks to addresses that it made itself.
import { randomBytes } from "node:crypto"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { EXIT_CODES } from "../src/report/exit-codes.js"
import { type Lacks, lacks } from "./lab/able.js"
import { usable } from "./lab/faults.js"
import { type LabHost, makeHost } from "./lab/host.js"
import { growth } from "./lab/invariants/no-growth.js"
import { type Violation, violations } from "./lab/invariants.js"
import { removeAll, takeFolder } from "./lab/leftovers.js"
import { operator } from "./lab/minos.js"
import { clock, reasons, stepLine, summary } from "./lab/narrate.js"
import type { Observation } from "./lab/observation.js"
import { lastAfter } from "./lab/operations.js"
import { type LabOptions, labOptions } from "./lab/options.js"
import { LAB_FOLDER, PLACES } from "./lab/place.js"
import { planStep, type Step } from "./lab/schedule.js"
import { type Fleet, takeStep } from "./lab/step.js"
import { type Tally, tally } from "./lab/tally.js"
import { versions } from "./lab/versions.js"

const COMMANDS = fileURLToPath(new URL("../commands", import.meta.url))

const LOCK_GONE = 65_000

await main()

async function main(): Promise<void> {
  const options = readOptions()
  const interrupt = listen()
  await takeFolder(LAB_FOLDER)
  try {
    await run(options, interrupt.signal)
  } catch (error) {
    process.exitCode ??= 1
    if (!interrupt.signal.aborted)
      say(`lab: ${error instanceof Error ? (error.stack ?? error.message) : error}`)
  }
  if (options.keep && !interrupt.signal.aborted) return leave()
  await removeAll(LAB_FOLDER)
  process.exit()
}

async function run(options: LabOptions, interrupted: AbortSignal): Promise<void> {
  const lacking = await lacks(LAB_FOLDER, options.plain)
  const { faults, skips } = usable(options.only, lacking)
  if (lacking.has("supervisord")) return say(`lab: skipped: ${lacking.get("supervisord")}`)
  say(`lab: seed ${options.seed}, ${PLACES.length} hosts, ${faults.length} kinds of fault`)
  const began = Date.now()
  const seconds = (): number => (Date.now() - began) / 1_000
  const counts = tally(options, skips, seconds)
  const fleet = await startFleet(lacking, interrupted)
  const chances = { seed: options.seed, faults, places: PLACES }
  const seen: Observation[] = []
  let last = 1
  for (let number = 1; goesOn(options, number, seconds()); number++) {
    const step = planStep(chances, number)
    say(`${clock(seconds())} ${stepLine(step)}`)
    const observation = await takeStep(step, { ...fleet, last })
    interrupted.throwIfAborted()
    seen.push(observation)
    note(counts, step, observation)
    last = lastAfter(step.operation, last)
  }
  await finish(seen.length + 1, fleet, counts, seen)
  for (const line of counts.lines()) say(line)
  process.exitCode = counts.found().length > 0 ? 1 : 0
}

/** At the end a deploy must bring the new version everywhere, with no human help. */
async function finish(
  number: number,
  fleet: Fleet,
  counts: Tally,
  seen: readonly Observation[],
): Promise<void> {
  const operation = {
    name: "deploy",
    version: number,
    tolerance: 0,
    parallel: 4,
    delay: 0,
    onFailure: "stop",
  } as const
  const step: Step = { number, operation, faults: [] }
  say(`at last ${stepLine(step)}`)
  const observation = await unlocked(() => takeStep(step, { ...fleet, last: number }))
  const wrong = observation.hosts.filter(
    ({ processes }) => processes.length !== 1 || processes[0]?.version !== String(number),
  )
  const code = observation.runs[0]?.code
  const what = `the last deploy ended with ${code}; not on its version: ${wrong.map(({ host }) => host).join(", ") || "none"}`
  note(counts, step, observation, [
    ...(code === 0 && wrong.length === 0 ? [] : [{ invariant: "it converges", what }]),
    ...growth([...seen, observation]).map(grown => ({ invariant: "nothing grows", what: grown })),
  ])
}

/** The lock of a run that is dead is gone after a minute, and until then it may keep others out. */
async function unlocked(deploy: () => Promise<Observation>): Promise<Observation> {
  for (const end = Date.now() + LOCK_GONE; ; ) {
    const observation = await deploy()
    if (observation.runs[0]?.code !== EXIT_CODES.locked.code || Date.now() > end) return observation
  }
}

async function startFleet(
  lacking: Lacks,
  interrupted: AbortSignal,
): Promise<Omit<Fleet, "last"> & { last: number }> {
  const password = randomBytes(12).toString("base64url")
  const options = {
    folder: LAB_FOLDER,
    password,
    withNetwork: !lacking.has("netns"),
    withDisk: !lacking.has("loop"),
  }
  const hosts: LabHost[] = []
  // Four at a time: Node takes a core for a while to start.
  for (let n = 0; n < PLACES.length; n += 4) {
    hosts.push(...(await Promise.all(PLACES.slice(n, n + 4).map(place => makeHost(place, options)))))
    interrupted.throwIfAborted()
  }
  return {
    folder: LAB_FOLDER,
    password,
    hosts,
    operator: operator(LAB_FOLDER, password, interrupted),
    versions: versions(LAB_FOLDER, hosts),
    last: 1,
    has: command => [command, `${command}.js`].some(name => existsSync(join(COMMANDS, name))),
  }
}

function note(counts: Tally, step: Step, seen: Observation, more: readonly Violation[] = []): void {
  const fresh = counts.note(step, [...violations(seen), ...more])
  for (const run of seen.runs)
    say(`        ${run.args[0]} ended with ${run.code ?? run.signals.at(-1)} ${summary(run.report?.counts)}`)
  for (const why of reasons(seen)) say(`          ${why}`)
  for (const { invariant, what } of fresh) say(`  VIOLATION ${invariant}: ${what}`)
}

function goesOn({ steps, minutes }: LabOptions, number: number, seconds: number): boolean {
  return (steps === undefined || number <= steps) && (minutes === undefined || seconds < minutes * 60)
}

function readOptions(): LabOptions {
  try {
    return labOptions(process.argv.slice(2))
  } catch (error) {
    say(`lab: ${(error as Error).message}`)
    process.exit(2)
  }
}

function leave(): void {
  say(`The fleet goes on below ${LAB_FOLDER}. The next lab ends it.`)
  process.exit()
}

function listen(): AbortController {
  const interrupt = new AbortController()
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)
    process.on(signal, () => {
      process.exitCode = code
      interrupt.abort()
    })
  return interrupt
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
