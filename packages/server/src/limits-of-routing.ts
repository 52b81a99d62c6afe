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
  /** Maximum number of feature flags of an org. */
  featureFlagsMax: 50,
} as const;
