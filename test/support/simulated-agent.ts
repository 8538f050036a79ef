import {
  DEPLOYMENT_FAULT,
  type DeployedTask,
  type OperationState,
  programName,
} from "../../src/model/deployment.js"
import type { Clock } from "../../src/run/clock.js"
import type { HostAgent } from "../../src/run/deploy-effects.js"
import { faultError, simulatedCalls, type Trouble } from "./simulated-call.js"
import type { SimulatedHost, SimulatedProgram } from "./simulated-host.js"

export interface SimulatedAgentOptions {
  readonly tasks?: readonly DeployedTask[]
  /** How the program of a release behaves when it is started. */
  readonly program?: (release: string) => Omit<SimulatedProgram, "name">
  /** How often each program was changed, asked at each look. */
  readonly generations?: () => Readonly<Record<string, number>>
  /** Why every prepare fails. */
  readonly cannotPrepare?: string
  readonly trouble?: Readonly<Partial<Record<keyof HostAgent, readonly Trouble[]>>>
}

export interface SimulatedAgent extends HostAgent {
  /** What it carried out, as `activate web 0 RELEASE`. */
  readonly done: readonly string[]
}

/** How long an activation takes; a release is prepared at once. */
const ACTIVATION = 300

/** One host's agent, which deploys onto a simulated supervisor; an operation is carried out once for each id. */
export function simulatedAgent(
  clock: Clock,
  host: SimulatedHost,
  {
    tasks = [],
    program = () => ({}),
    generations = () => ({}),
    cannotPrepare,
    trouble = {},
  }: SimulatedAgentOptions = {},
  told: (what: string) => void = () => {},
): SimulatedAgent {
  const call = simulatedCalls(clock, trouble)
  const done: string[] = []
  const operations = new Map<string, { readonly endsAt: number; readonly failure: string }>()

  const carriedOut = (what: string): void => {
    done.push(what)
    told(what)
  }
  const state = (op: string): OperationState => {
    const operation = operations.get(op)
    if (!operation) throw faultError(DEPLOYMENT_FAULT.UNKNOWN_OPERATION)
    const { endsAt, failure } = operation
    const ended = failure === "" ? "done" : "failed"
    const state = endsAt > clock.now() ? "running" : ended
    return { op, state, step: "make the release", message: failure, generation: 1 }
  }
  const submit = (
    op: string,
    what: string,
    takes: number,
    failure: string,
    act: () => void,
  ): OperationState => {
    if (!operations.has(op)) {
      operations.set(op, { endsAt: clock.now() + takes, failure })
      carriedOut(what)
      act()
    }
    return state(op)
  }

  return {
    done,
    inspect: (_service, _cluster, _sha256, signal) =>
      call("inspect", signal, () => ({
        agent: "1.0.0",
        backend: "simulated",
        now: 1_700_000_000 + clock.now() / 1_000,
        hasPackage: false,
        freeBytes: 1e9,
        tasks,
        leftovers: [],
        generations: generations(),
      })),
    upload: signal => call("upload", signal, () => carriedOut("upload")),
    prepare: ({ op, job, instance }, signal) =>
      call("prepare", signal, () =>
        submit(op, `prepare ${job} ${instance}`, 0, cannotPrepare ?? "", () => {}),
      ),
    activate: ({ op, release, ...key }, signal) =>
      call("activate", signal, () =>
        submit(op, `activate ${key.job} ${key.instance} ${release}`, ACTIVATION, "", () =>
          host.install({ name: programName(key), ...program(release) }),
        ),
      ),
    remove: ({ op, data, ...key }, signal) =>
      call("remove", signal, () =>
        submit(op, `remove ${key.job} ${key.instance}${data ? " with data" : ""}`, ACTIVATION, "", () =>
          host.remove(programName(key)),
        ),
      ),
    control: ({ op, program, action }, signal) =>
      call("control", signal, () =>
        submit(op, `${action} ${program}`, ACTIVATION, "", () => host.control(program, action)),
      ),
    generation: (_program, signal) =>
      call("generation", signal, () => ({ now: 1_700_000_000 + clock.now() / 1_000, generation: 0 })),
    probe: (_request, signal) => call("probe", signal, () => ({ ok: true, said: "exit status 0" })),
    hook: ({ op, name }, signal) => call("hook", signal, () => submit(op, `hook ${name}`, 0, "", () => {})),
    operation: (op, signal) => call("operation", signal, () => state(op)),
  }
}
