import { type Endpoint, endpointName } from "../model/endpoint.js"
import { printable } from "../model/visible.js"
import { isPackageErrorCode, PackageError, type PackageErrorCode } from "./error.js"

/** Why an answer other than "have it" and "stored" ended the upload; a code that the agent gave is kept. */
export function refusal(
  endpoint: Endpoint,
  answer: { readonly status: number; readonly text: string },
): PackageError {
  const name = endpointName(endpoint)
  const said = withoutSecrets(endpoint, answer.text.trim())
  const match = /^(PKG_[A-Z0-9_]+): (.*)$/s.exec(said)
  if (match?.[1] && isPackageErrorCode(match[1])) {
    return new PackageError(match[1], `${name}: ${printable(match[2] ?? "")}`)
  }
  const detail = said === "" || /^\s*</.test(said) ? "" : `: ${printable(said)}`
  return new PackageError(codeOf(answer.status), `${name}: answered HTTP ${answer.status}${detail}`)
}

/** A request that got no answer, in words that need no knowledge of sockets. */
export function sendFailure(endpoint: Endpoint, error: unknown): PackageError {
  if (error instanceof PackageError) return error
  const name = endpointName(endpoint)
  const { code = "", message = String(error) } = error as NodeJS.ErrnoException
  const unreachable = UNREACHABLE[code]
  if (unreachable) return new PackageError("PKG_UNREACHABLE", `${name}: ${unreachable}`, { cause: error })
  if (/^EPROTO$|CERT|TLS|SSL|SELF_SIGNED|ALTNAME|VERIFY/.test(code)) {
    return new PackageError("PKG_TLS", `${name}: TLS failed (${code})`, { cause: error })
  }
  if (code.startsWith("HPE_")) {
    return new PackageError("PKG_REJECTED", `${name}: what answers there does not speak HTTP`, {
      cause: error,
    })
  }
  const detail = printable(withoutSecrets(endpoint, message))
  return new PackageError("PKG_UNREACHABLE", `${name}: ${detail}`, { cause: error })
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was closed before the answer",
  EPIPE: "the connection was closed before the answer",
  ETIMEDOUT: "no connection in time",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the host",
  ENOTFOUND: "unknown host name",
  EAI_AGAIN: "the host name could not be looked up",
  ENOENT: "no such socket",
}

function codeOf(status: number): PackageErrorCode {
  switch (status) {
    case 401:
    case 403:
      return "PKG_UNAUTHORIZED"
    case 413:
      return "PKG_TOO_LARGE"
    case 422:
      return "PKG_SHA256"
    case 507:
      return "PKG_NO_SPACE"
    default:
      return "PKG_REJECTED"
  }
}

// A server may send back what it was sent, and its text goes into a report.
function withoutSecrets({ credentials }: Endpoint, text: string): string {
  if (!credentials) return text
  const password = credentials.password.reveal()
  const pair = Buffer.from(`${credentials.user}:${password}`).toString("base64")
  const scrubbed = text.replaceAll(pair, "[secret]")
  return password === "" ? scrubbed : scrubbed.replaceAll(password, "[secret]")
}
