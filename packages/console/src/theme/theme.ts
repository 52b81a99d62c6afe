/** The console's look: Mantine's components in the platform's colour. */
import {
  createTheme,
  Modal,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from "@mantine/core";
import { generateColors } from "./shades.ts";

export interface PlatformTheme {
  readonly name: string;
  readonly accent: string | null;
  readonly logo: string | null;
}

const ownAccent = "#c2410c";

export async function loadPlatformTheme(): Promise<PlatformTheme> {
  const response = await fetch("/console/theme.json").catch(() => null);
  if (response === null || !response.ok) return { name: "Posthorn", accent: null, logo: null };
  return (await response.json()) as PlatformTheme;
}

export function themeFor(platform: PlatformTheme) {
  const accent: MantineColorsTuple = generateColors(platform.accent ?? ownAccent);
  return createTheme({
    primaryColor: "accent",
    // Text on the accent colour is black or white, whichever has more contrast. Both are equal at a
    // luminance of 0.179 (WCAG 1.4.3: 1.05 / (L + 0.05) = (L + 0.05) / 0.05).
    autoContrast: true,
    luminanceThreshold: 0.179,
    colors: { accent },
    // Light and dark mode use the same shade, because the library chooses the text colour only for
    // the light one.
    primaryShade: 7,
    defaultRadius: "md",
    cursorType: "pointer",
    fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif",
    fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
    respectReducedMotion: true,
    components: {
      Modal: Modal.extend({
        defaultProps: {
          closeButtonProps: { "aria-label": "Close" },
          // A page may have only one banner, and this header is not the page's banner.
          attributes: { header: { role: "none" } },
        },
      }),
    },
  });
}

/**
 * Colours of text on a light background of the same colour. There, Mantine's darkest shades have a
 * contrast of 2.7 to 3.8:1, but small text needs 4.5:1 (WCAG 1.4.3).
 */
const textOnLight: Readonly<Record<string, string>> = {
  green: "#17552a",
  red: "#961616",
  blue: "#0b4583",
  orange: "#823305",
  yellow: "#6b3d00",
  gray: "#343a40",
};

/** Mantine's dimmed text has a contrast of only 3.3:1 on white, so this replaces it. */
export const variables: CSSVariablesResolver = (theme) => ({
  variables: {},
  light: {
    "--mantine-color-red-filled": "#c92a2a",
    "--mantine-color-red-filled-hover": "#b02525",
    "--mantine-color-red-outline": "#c92a2a",
    "--mantine-color-dimmed": "#5c636a",
    "--mantine-color-placeholder": "#6b7279",
    "--mantine-color-error": "#c92a2a",
    "--mantine-color-accent-light-color": theme.colors["accent"]?.[9] ?? "inherit",
    ...Object.fromEntries(
      Object.entries(textOnLight).map(([color, text]) => [
        `--mantine-color-${color}-light-color`,
        text,
      ]),
    ),
  },
  dark: {
    "--mantine-color-red-filled": "#c92a2a",
    "--mantine-color-red-filled-hover": "#b02525",
    "--mantine-color-red-outline": "#ff8787",
    "--mantine-color-dimmed": "#a6adb4",
    "--mantine-color-placeholder": "#9aa1a8",
    "--mantine-color-error": "#ff8787",
    "--mantine-color-accent-light-color": theme.colors["accent"]?.[2] ?? "inherit",
  },
});

/** The nonce with which this page's content security policy allows style elements. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
}
