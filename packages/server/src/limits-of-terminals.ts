/** Limits for terminals, i.e. `posthorn listen`; part of `limits`. */
export const terminalLimits = {
  /** Maximum terminals that are connected to a node. */
  terminalsMax: 200,
  /** Maximum endpoints of an org whose destination is a terminal, connected or not. */
  terminalsPerOrgMax: 10,
  /**
   * How long such an endpoint exists after its terminal disconnected: 2 minutes. Then it is
   * deleted.
   */
  terminalAwayMs: 120_000,
  /** How often a node records which terminals are connected, and looks for endpoints to delete. */
  terminalSeenMs: 5_000,
  /**
   * How often a node with deliveries at terminals looks for answers that other nodes received. A
   * notification usually announces them earlier.
   */
  terminalAnswersPollMs: 500,
  /** Maximum answers of a terminal that its node has not read yet. Posthorn drops further ones. */
  terminalAnswersWaitingMax: 300,
  /** Maximum length of the text in which a terminal explains why its receiver did not respond. */
  terminalErrorCharsMax: 500,
} as const;
