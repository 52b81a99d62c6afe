/** Limits for choosing the endpoints of an event; part of `limits`. */
export const routingLimits = {
  /**
   * Maximum number of channels of an event or an endpoint, and maximum length of a channel, a group
   * and a feature flag.
   */
  channelsMax: 10,
  channelCharsMax: 128,
  /** Maximum number of tags of an event or an org, and maximum length of a tag. */
  tagsMax: 10,
  tagCharsMax: 128,
  /**
   * Maximum size of an endpoint's filter, of its nesting, of the number of values that it compares
   * with, and of each of its texts and numbers.
   */
  filterBytesMax: 8_192,
  filterDepthMax: 10,
  filterComparisonsMax: 50,
  filterTextCharsMax: 256,
  filterNumberCharsMax: 40,
  /**
   * Maximum size of the data that filters read in one commit, in bytes: the size of each event's
   * data, times the number of values in the filters of its endpoints. A background job evaluates
   * the others. In the worst case, a commit spends 75 ms on filters.
   */
  filterBytesPerCommitMax: 500_000,
  /**
   * Maximum size of the data that filters read in one explanation or test, counted in the same way,
   * in characters. Beyond it, Posthorn does not say which condition does not match.
   */
  filterExplainedCharsMax: 2_000_000,
  /**
   * How many values one explanation or test may read and compare in this process; about 10 ms. A
   * text counts once more for each 1,000 characters. Beyond it, PostgreSQL tests.
   */
  filterExplainedStepsMax: 50_000,
  /**
   * Maximum number of events that one step of a replay of missed events reads for a filter with one
   * value. For a filter with more values, it is divided by their number.
   */
  replayFilteredRowsPerStepMax: 200,
  /**
   * Maximum length of an endpoint's own retry schedule, its longest timeout in seconds, and how
   * many statuses may end its retries.
   */
  retryScheduleCharsMax: 512,
  timeoutSecondsMax: 30,
  finalStatusesMax: 50,
  /** How many days ahead the pause of an endpoint may end. */
  pauseDaysMax: 90,
  /** Maximum number of feature flags of an org. */
  featureFlagsMax: 50,
} as const;
