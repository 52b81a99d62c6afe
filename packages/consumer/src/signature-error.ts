/**
 * - `missing_header`: a header that the check needs is absent or empty.
 * - `id_invalid`: the id holds a full stop, which could move the border between what is signed.
 * - `timestamp_invalid`: the timestamp is not a whole number of Unix seconds.
 * - `timestamp_too_old`, `timestamp_too_new`: further from now than the tolerance allows.
 * - `no_match`: no signature in the request was made with any of the secrets.
 * - `secret_invalid`: the receiver's own secret is missing or malformed; mend the configuration.
 */
export type SignatureErrorCode =
  | "missing_header"
  | "id_invalid"
  | "timestamp_invalid"
  | "timestamp_too_old"
  | "timestamp_too_new"
  | "no_match"
  | "secret_invalid";

/** Why a request was not verified. `code` is stable; the message is for people, without secrets. */
export class SignatureError extends Error {
  override readonly name = "SignatureError";
  readonly code: SignatureErrorCode;

  constructor(code: SignatureErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
