/** Limits for terminals, i.e. `posthorn listen`; part of `limits`. */
export const terminalLimits = {
  /** Maximum number of terminals that are connected to a node. */
  terminalsMax: 200,
  /** Maximum number of endpoints of an org whose destination is a terminal, connected or not. */
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
   * Maximum number of connections that an org's terminals may open to one process in a period, and
   * the length of the period. Each connection writes to the database and notifies the other nodes.
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
  /**
   * Maximum number of a terminal's answers that other nodes have stored and its own node has not
   * read yet. Posthorn drops further answers.
   */
  terminalAnswersWaitingMax: 300,
  /** Maximum length of the text in which a terminal explains why its receiver did not respond. */
  terminalErrorCharsMax: 500,
} as const;
