/**
 * Presets: platforms whose event types and contract are part of the program. A preset has the same
 * name as its contract in `contracts/` and its file of event types in `catalogue/`.
 */

export const presetNames = ["cda", "cadana"] as const;
export type Preset = (typeof presetNames)[number];

/** The default contract of an installation without presets. */
export const contractWithoutPresets = "standard";

/** The contract of the endpoints that the Svix dialect creates. */
export const svixContract = "svix";
