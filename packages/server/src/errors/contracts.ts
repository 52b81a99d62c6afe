/** Errors of contract documents and of the keys that they sign with. */
export const contractErrors = {
  PH_CONTRACT_UNKNOWN: {
    status: 400,
    message: "There is no contract {contract}.",
    hint: "Use one of: {contracts}.",
  },
  PH_CONTRACT_INVALID: {
    status: 500,
    message: "The contract {contract} cannot be used: {reason}.",
    hint: "Fix its document; contracts/contract.schema.json describes the format.",
  },
  PH_SIGNING_KEYS_INVALID: {
    status: 500,
    message: "POSTHORN_SIGNING_KEYS cannot be used: {reason}.",
    hint: "Set it to a JSON Web Key Set with private Ed25519, P-256 or RSA keys.",
  },
  PH_CONTRACTS_DIR: {
    status: 500,
    message: "The folder of contracts {folder} cannot be read: {reason}.",
    hint: "Set POSTHORN_CONTRACTS_DIR to a folder that this user can read, or remove it.",
  },
  PH_CONTRACT_MISSING: {
    status: 500,
    message: "{endpoints} endpoints use contracts that have no document: {contracts}.",
    hint: "Put the documents into POSTHORN_CONTRACTS_DIR, or start a release that has them.",
  },
} as const;
