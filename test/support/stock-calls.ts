// Where a request says what it asks of a stock supervisord.

/** Parts of a multicall, each with a look at the process behind it. */
export const START = "<string>supervisor.startProcess</string>"
export const STOP = "<string>supervisor.stopProcess</string>"
/** A look alone. */
export const READ = "<methodName>supervisor.getProcessInfo</methodName>"
export const says = (method: string) => (request: string) => request.includes(method)
