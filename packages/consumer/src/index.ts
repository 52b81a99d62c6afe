export {
  createInbox,
  createMemoryStore,
  type Inbox,
  type InboxOptions,
  type InboxStore,
  type InboxVerdict,
  type MemoryStoreOptions,
} from "./inbox.ts";
export {
  reconcile,
  ReconcileError,
  type ReconciledDelivery,
  type ReconcileOptions,
} from "./reconcile.ts";
export { cdaScheme, standardScheme } from "./schemes.ts";
export { SignatureError, type SignatureErrorCode } from "./signature-error.ts";
export {
  compileScheme,
  computeSignature,
  prepareKey,
  type CompiledScheme,
  type KeyForm,
  type PreparedKey,
  type SignatureScheme,
  type SignedParts,
} from "./signing.ts";
export {
  verifyCda,
  verifyStandardWebhook,
  type ReceivedHeaders,
  type ReceivedRequest,
  type ReceiverSecrets,
  type StandardWebhookOptions,
  type VerifiedWebhook,
} from "./verify.ts";
