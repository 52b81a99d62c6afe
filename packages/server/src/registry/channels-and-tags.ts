/**
 * Checks channels, tags, groups and feature flags.
 * `sql/functions/check_event.sql` checks those of events from SQL.
 */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";

/** The characters that Svix allows, so that channels can move from there. */
const channelForm = /^[A-Za-z0-9_.:+-]+$/;

function isChannel(value: unknown): value is string {
  return (
    typeof value === "string" && value.length <= limits.channelCharsMax && channelForm.test(value)
  );
}

const controlCharacter = /\p{Cc}/u;

function isTag(value: unknown): value is string {
  if (typeof value !== "string" || value === "" || controlCharacter.test(value)) return false;
  if (!value.isWellFormed()) return false;
  const { tagCharsMax } = limits;
  return value.length <= tagCharsMax || Array.from(value).length <= tagCharsMax;
}

/**
 * Checks the channels of an event. An empty list means the same as null.
 * @throws PosthornError `PH_FIELD_INVALID`
 */
export function checkEventChannels(value: unknown): readonly string[] | null {
  if (value === undefined || value === null) return null;
  if (!isListOf(value, isChannel, limits.channelsMax)) throw invalidChannels("0");
  return value.length === 0 ? null : value;
}

/**
 * Checks the channels of an endpoint. An empty list is rejected, because such an endpoint would get
 * every event to some readers, and none to others.
 * @throws PosthornError `PH_FIELD_INVALID`
 */
export function checkEndpointChannels(value: unknown): readonly string[] | null {
  if (value === null) return null;
  const isList = isListOf(value, isChannel, limits.channelsMax) && value.length > 0;
  if (!isList) throw invalidChannels("1");
  return [...new Set(value)];
}

/**
 * Checks the tags of an event or an org. An empty list means the same as null.
 * @throws PosthornError `PH_FIELD_INVALID`
 */
export function checkTags(value: unknown): readonly string[] | null {
  if (value === undefined || value === null) return null;
  if (!isListOf(value, isTag, limits.tagsMax)) {
    const allowed =
      `null, or a list of 0 to ${limits.tagsMax} texts of 1 to ${limits.tagCharsMax} characters ` +
      "without control characters";
    throw new PosthornError("PH_FIELD_INVALID", { field: "tags", allowed });
  }
  return value.length === 0 ? null : value;
}

/**
 * Checks the name of a group or of a feature flag. It has the form of a channel.
 * @throws PosthornError `PH_FIELD_INVALID`
 */
export function checkLabel(field: string, value: unknown): void {
  if (value === undefined || value === null || isChannel(value)) return;
  const allowed = `null, or 1 to ${limits.channelCharsMax} letters, digits and _ . : + -`;
  throw new PosthornError("PH_FIELD_INVALID", { field, allowed });
}

/**
 * Checks the feature flags of an org. An empty list means the same as null.
 * @throws PosthornError `PH_FIELD_INVALID`
 */
export function checkFeatureFlags(value: unknown): readonly string[] | null {
  if (value === undefined || value === null) return null;
  if (!isListOf(value, isChannel, limits.featureFlagsMax)) {
    const allowed =
      `null, or a list of 0 to ${limits.featureFlagsMax} flags of 1 to ` +
      `${limits.channelCharsMax} letters, digits and _ . : + -`;
    throw new PosthornError("PH_FIELD_INVALID", { field: "feature_flags", allowed });
  }
  return value.length === 0 ? null : value;
}

function isListOf(
  value: unknown,
  isElement: (element: unknown) => element is string,
  most: number,
): value is readonly string[] {
  return Array.isArray(value) && value.length <= most && value.every((each) => isElement(each));
}

function invalidChannels(least: string): PosthornError {
  const allowed =
    `null, or a list of ${least} to ${limits.channelsMax} channels of 1 to ` +
    `${limits.channelCharsMax} letters, digits and _ . : + -`;
  return new PosthornError("PH_FIELD_INVALID", { field: "channels", allowed });
}
