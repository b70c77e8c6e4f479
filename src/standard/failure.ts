/**
 * What an actor comes to when the world does not do as asked. A machine branches on `event.error.code`; errors of the
 * system (`ENOENT`, `EACCES`, `ENOSPC` …) keep the code that they have.
 */
export const FAILURES = {
  ERR_TIMEOUT: 'it took longer than its `timeout`; what was under way was stopped',
  ERR_HTTP_STATUS: 'the answer has a status that was not expected',
  ERR_HTTP_NETWORK: 'no answer came: name, connection, TLS, or cut off in the middle; the message has the code',
  ERR_HTTP_REFUSED: 'the address is not among the networks that are allowed, or the URL is none of http and https',
  ERR_HTTP_REDIRECT: 'too many redirects, one that leads nowhere, or one from https to http',
  ERR_HTTP_BODY: 'the body is no JSON, no text, or coded in a way that is not understood',
  ERR_PICK: 'there is nothing in the body where `pick` points',
  ERR_FS_OUTSIDE: 'the path leads out of the roots, by itself or through a link',
  ERR_FS_KIND: 'the path is a directory, a device or a pipe, and not a file',
  ERR_FS_CONTENT: 'the content of the file is no JSON, or no text',
  ERR_EXEC_REFUSED: 'the command is not among those that are allowed',
  ERR_EXEC_EXIT: 'the command ended with an exit code that was not expected, or by a signal',
} as const

export type FailureCode = keyof typeof FAILURES

/** An error of a standard actor. */
export class ActorFailure extends Error {
  override readonly name = 'ActorFailure'
  readonly code: FailureCode
  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
