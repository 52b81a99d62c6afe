/**
 * - `missing_header`: a required header is absent or empty.
 * - `id_invalid`: the id contains a full stop, which could move the border between signed parts.
 * - `timestamp_invalid`: the timestamp is not a whole number of Unix seconds.
 * - `timestamp_too_old`, `timestamp_too_new`: further from now than the tolerance allows.
 * - `no_match`: no signature in the request was made with any of the secrets.
 * - `secret_invalid`: the receiver's own secret is missing or malformed; fix the configuration.
 */
export type SignatureErrorCode =
  | "missing_header"
  | "id_invalid"
  | "timestamp_invalid"
  | "timestamp_too_old"
  | "timestamp_too_new"
  | "no_match"
  | "secret_invalid";

/**
 * Says why a request was not verified. `code` is stable. The message is for people and contains no
 * secrets.
 */
export class SignatureError extends Error {
  override readonly name = "SignatureError";
  readonly code: SignatureErrorCode;

  constructor(code: SignatureErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
