/** Loads the platform's name, colour and logo according to the configuration. */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import type { ConsoleTheme } from "./page.ts";

const mediaTypes: Readonly<Record<string, string>> = {
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webp": "image/webp",
};

/** @throws PosthornError `PH_CONFIG_INVALID` if the logo does not exist or is too large. */
export async function loadTheme(configured: {
  readonly name: string;
  readonly accent: string | null;
  readonly logoFile: string | null;
}): Promise<ConsoleTheme> {
  const { name, accent, logoFile } = configured;
  if (logoFile === null) return { name, accent, logo: null };
  const mediaType = mediaTypes[path.extname(logoFile).toLowerCase()];
  try {
    const { size } = await stat(logoFile);
    if (mediaType === undefined || size > limits.logoBytesMax) {
      throw new Error(`The logo is not an image of at most ${limits.logoBytesMax} bytes.`);
    }
    return { name, accent, logo: { body: await readFile(logoFile), mediaType } };
  } catch (cause) {
    throw new PosthornError(
      "PH_CONFIG_INVALID",
      {
        variable: "POSTHORN_CONSOLE_LOGO",
        allowed: `the path of an SVG, PNG or WebP file of at most ${limits.logoBytesMax} bytes`,
      },
      { cause },
    );
  }
}
