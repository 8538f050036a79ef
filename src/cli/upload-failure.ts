import { CallError, type Reason } from "../model/failure.js"
import { StepError } from "../model/outcome.js"
import type { PackageError, PackageErrorCode } from "../packages/error.js"

/** Where the way to the agent is at fault, that is what the report shall say; a package sent in part was not put to use. */
export function uploadFailure(error: PackageError): CallError | StepError {
  const reason = REASONS[error.code]
  if (reason === undefined)
    return new StepError({ message: `${error.code}: ${error.message}`, hint: error.hint })
  return new CallError({ reason, message: error.message, hint: error.hint, maybeDelivered: false })
}

const REASONS: Partial<Record<PackageErrorCode, Reason>> = {
  PKG_UNREACHABLE: "refused",
  PKG_UNAUTHORIZED: "unauthorized",
  PKG_TIMEOUT: "timeout",
  PKG_TLS: "tls",
  PKG_INCOMPLETE: "closed",
  PKG_CANCELLED: "cancelled",
}
