import type { Host } from "../model/cluster.js"
import type {
  ActivateRequest,
  ControlRequest,
  HookRequest,
  Inspection,
  InspectWishes,
  OperationState,
  PrepareRequest,
  ProbeAnswer,
  ProbeRequest,
  ProgramGeneration,
  RemoveRequest,
} from "../model/deployment.js"
import type { Effects } from "./effects.js"

/** The agent of one host. Methods reject with a CallError, `upload` with a StepError as well. */
export interface HostAgent {
  /** `patience` in milliseconds, where it shall not wait as long as it would. */
  inspect(
    service: string,
    cluster: string,
    sha256: string,
    signal: AbortSignal,
    wishes?: InspectWishes,
    patience?: number,
  ): Promise<Inspection>
  /** Sends the package of this deploy and the contents of files that the host's releases need, unless the agent has them. */
  upload(signal: AbortSignal): Promise<void>
  prepare(request: PrepareRequest, signal: AbortSignal): Promise<OperationState>
  activate(request: ActivateRequest, signal: AbortSignal): Promise<OperationState>
  remove(request: RemoveRequest, signal: AbortSignal): Promise<OperationState>
  /** Runs a command inside the task's current release. */
  probe(request: ProbeRequest, signal: AbortSignal): Promise<ProbeAnswer>
  control(request: ControlRequest, signal: AbortSignal): Promise<OperationState>
  generation(program: string, signal: AbortSignal): Promise<ProgramGeneration>
  hook(request: HookRequest, signal: AbortSignal): Promise<OperationState>
  operation(op: string, signal: AbortSignal): Promise<OperationState>
}

/** What a deploy may do to the world, besides what every run may. */
export interface DeployEffects extends Effects {
  readonly agent: (host: Host) => HostAgent
}
