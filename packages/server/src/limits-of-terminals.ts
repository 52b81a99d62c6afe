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
  /**
   * Minimum time between two announcements of a node that deliveries to terminals are due. The
   * first is sent immediately.
   */
  terminalAnnounceMs: 25,
  /**
   * Maximum connections of an org's terminals to one process in a time, and that time. Each writes
   * to the database and notifies the other nodes.
   */
  terminalConnectsMax: 60,
  terminalConnectsMs: 60_000,
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
