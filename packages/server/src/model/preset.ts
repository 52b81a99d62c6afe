/**
 * Presets: platforms whose event types and contract are packaged with the program. A preset has the
 * name of its contract in `contracts/` and of its file of event types in `catalogue/`.
 */

export const presetNames = ["cda", "cadana"] as const;
export type Preset = (typeof presetNames)[number];

/** The default contract of an installation without presets. */
export const contractWithoutPresets = "standard";
