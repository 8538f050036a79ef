import type { Reason } from "../model/failure.js"
import { FAULT } from "../model/fault.js"

/** What a reason means, and what to do about it: each one line. */
export interface Words {
  readonly meaning: string
  readonly hint: string
}

/** The words for every reason. Tests look at the reason; the words may change. */
export const REASONS: Readonly<Record<Reason, Words>> = {
  refused: {
    meaning: "nothing accepts connections there",
    hint: "Is supervisord or the agent running there, and is the address right?",
  },
  unresolved: {
    meaning: "the host name has no address",
    hint: "Check the host's address in the cluster file, and the name service of this machine.",
  },
  "no-route": {
    meaning: "no way leads to the host",
    hint: "Check the network, the VPN and the firewall between here and there.",
  },
  "connect-timeout": {
    meaning: "no connection came about in time",
    hint: "Is the host up, and does the firewall let this port through?",
  },
  timeout: {
    meaning: "no answer came in time",
    hint: "The host may be overloaded or the call slow; look at the state, then try again with a longer timeout.",
  },
  closed: {
    meaning: "the connection was closed before the answer was complete",
    hint: "The server may have stopped or restarted during the call; look at the state before trying again.",
  },
  tls: {
    meaning: "no secure connection came about",
    hint: "Does the port speak TLS, and does this machine trust its certificate (NODE_EXTRA_CA_CERTS)?",
  },
  unauthorized: {
    meaning: "the server refused the user or the password",
    hint: "Check user and password of the agent in the cluster file.",
  },
  redirected: {
    meaning: "the server sent the call elsewhere, which is not followed",
    hint: "Give the address that it names, if that is the right one.",
  },
  "http-status": {
    meaning: "the server answered with an HTTP error",
    hint: "Is this the port and the path of an XML-RPC server? Its log may say more.",
  },
  "not-xmlrpc": {
    meaning: "the answer is not what the XML-RPC method should give",
    hint: "Is this the port of an XML-RPC server, and not of something else?",
  },
  "too-large": {
    meaning: "the answer is larger than allowed",
    hint: "Ask for less, for example for fewer bytes of a log.",
  },
  fault: {
    meaning: "the server answered with a fault",
    hint: "The call reached the server, which refused it; its message says why.",
  },
  relay: {
    meaning: "the relay of the region did not carry the call",
    hint: "Look whether the relay's agent runs; with fallback: direct the hosts are called without it.",
  },
  cancelled: {
    meaning: "the call was cancelled",
    hint: "Look at the state before trying again: the server may have acted on it.",
  },
}

/** A reason `connect-timeout` that is not the peer's doing. */
export const EXHAUSTED: Words = {
  meaning: "this machine had no file descriptor or port free for a connection",
  hint: "Raise the limit (ulimit -n) or lower --fanout.",
}

/** A reason `refused` of a unix socket that may not be opened. */
export const FORBIDDEN_SOCKET: Words = {
  meaning: "this user may not open the socket",
  hint: "Run as the socket's owner, or change chmod and chown of [unix_http_server].",
}

/** A reason `refused` of a unix socket that does not exist. */
export const MISSING_SOCKET: Words = {
  meaning: "the socket does not exist",
  hint: "Is supervisord running, and is this the file of its [unix_http_server]?",
}

const FAULT_HINTS: Readonly<Record<number, string>> = {
  [FAULT.UNKNOWN_METHOD]: "The server has no such method; call system.listMethods to see what it has.",
  [FAULT.INCORRECT_PARAMETERS]: "Call system.methodHelp with the method's name to see its parameters.",
  [FAULT.SHUTDOWN_STATE]: "supervisord is stopping or restarting; try again when it is back.",
  [FAULT.BAD_NAME]:
    "The supervisor there knows no such program; check its name, and whether its configuration is loaded.",
  [FAULT.NO_FILE]: "The file is not there: the program's command, or a log that is not kept.",
  [FAULT.NOT_EXECUTABLE]: "Make the program's file executable.",
  [FAULT.ABNORMAL_TERMINATION]: "The program ended too soon; its log says why.",
  [FAULT.SPAWN_ERROR]: "The program could not be started or ended at once; its log says why.",
  [FAULT.ALREADY_STARTED]: "It runs already or is being started.",
  [FAULT.NOT_RUNNING]: "It is stopped already or is being stopped.",
  [FAULT.STILL_RUNNING]: "Stop the program first.",
  [FAULT.CANT_REREAD]: "supervisord's configuration has an error; its message says where.",
}

/** What to do about a fault, going by supervisord's codes. */
export function faultHint(code: number): string {
  return FAULT_HINTS[code] ?? REASONS.fault.hint
}
