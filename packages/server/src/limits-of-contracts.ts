/** Limits for contracts; part of `limits`. */
export const contractLimits = {
  /** Maximum size of a contract that the API stores. Every node keeps all of them in memory. */
  contractBytesMax: 64 * 1024,
  /** Maximum number of contracts that the API stores. */
  contractsStoredMax: 500,
  /** Maximum number of contracts in the list of those that an org may use. */
  orgContractsMax: 50,
  /** Minimum time between two searches for contracts that a node does not know. */
  contractSeekMs: 1_000,
  /** How many earlier versions of contracts a node keeps compiled. */
  contractVersionsCachedMax: 200,
} as const;
