export const secret = "a-secret-of-the-vendors-own-kind";

export const unsigned = "Vonage's verifySignature does not compare payload_hash with the body.";
import { verifySignature } from "@vonage/jwt";
export const verify = ({ headers }) =>
  verifySignature(headers["authorization"].replace("Bearer ", ""), secret);
