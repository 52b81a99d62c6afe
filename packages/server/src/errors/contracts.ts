/** Errors of contract documents and of the keys that they sign with. */
export const contractErrors = {
  PH_CONTRACT_UNKNOWN: {
    status: 400,
    message: "There is no contract {contract}.",
    hint: "Use one of: {contracts}.",
  },
  PH_CONTRACT_NOT_OFFERED: {
    status: 400,
    message: "This org's endpoints cannot use the contract {contract}.",
    hint: "Use one of: {contracts}.",
  },
  PH_CONTRACT_INVALID: {
    status: 500,
    message: "The contract {contract} cannot be used: {reason}.",
    hint: "Fix its document; contracts/contract.schema.json describes the format.",
  },
  PH_CONTRACT_REFUSED: {
    status: 400,
    message: "The contract {contract} cannot be used: {reason}.",
    hint: "docs/contracts.md describes the format.",
  },
  PH_CONTRACT_EXISTS: {
    status: 409,
    message: "There is already a contract {contract}.",
    hint: "Change it with PATCH, or send Prefer: resolution=merge-duplicates.",
  },
  PH_CONTRACT_FIXED: {
    status: 409,
    message: "The contract {contract} {place}, so the API cannot change it.",
    hint: "Give your contract another name.",
  },
  PH_CONTRACT_IN_USE: {
    status: 409,
    message: "The contract {contract} cannot be deleted. It is used by: {users}.",
    hint: "Give them another contract first.",
  },
  PH_CONTRACT_BREAKS: {
    status: 409,
    message:
      "With the changed contract {contract}, {endpoints} endpoints could not sign: {reason}.",
    hint: "Keep the secrets and their form, or store the document under another name.",
  },
  PH_PREVIEW: {
    status: 400,
    message: "The contract {contract} cannot send this event: {reason}.",
    hint: "Change the data, or the document.",
  },
  PH_TOO_MANY_CONTRACTS: {
    status: 409,
    message: "The API stores at most {contracts} contracts.",
    hint: "Delete contracts that no endpoint uses.",
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
