/** rpc/portal_link. */
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import { parseOrgId } from "../../model/org-id.ts";
import type { Principal } from "../../model/principal.ts";
import { appearances, type NewPortalLink } from "../../registry/sessions.ts";
import type { Argument, RestFunction } from "../rest/rpc.ts";
import { scopeOf, type FunctionDependencies } from "./dependencies.ts";

const linkSecondsDefault = 600;
const sessionSecondsDefault = 3_600;

const linkArguments: readonly Argument[] = [
  { name: "org_id", type: "org", required: true, description: "The org." },
  {
    name: "read_only",
    type: "boolean",
    required: false,
    description: "If true, the link gives read access only. Default: false.",
  },
  {
    name: "expires_in_seconds",
    type: "integer",
    required: false,
    description: "How many seconds the link can be opened: 10 to 604800. Default: 600.",
  },
  {
    name: "session_seconds",
    type: "integer",
    required: false,
    description: "How many seconds the session lasts: 60 to 604800. Default: 3600.",
  },
  {
    name: "appearance",
    type: "text",
    required: false,
    description: "The console's appearance: auto (the default), light or dark.",
  },
  {
    name: "return_url",
    type: "text",
    required: false,
    description:
      "A page of your product, with http or https. The console leads to it when its user leaves, " +
      `and when the session ends. At most ${limits.urlCharsMax} characters.`,
  },
];

export function portalLink(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "portal_link",
    description:
      "Creates a short-lived link that opens the console for one org, as a page or in a frame of " +
      "your product. Anyone with the link can use it.",
    arguments: linkArguments,
    readOnly: false,
    roles: ["manage"],
    returns: "object",
    result: [
      { name: "id", type: "uuid", description: "The link's id." },
      { name: "org_id", type: "org", description: "The org." },
      {
        name: "url",
        type: "text",
        description: "The URL to open, as a page or in a frame.",
      },
      { name: "expires_at", type: "timestamptz", description: "When the link expires." },
    ],
    async handler(given, { principal, actor }) {
      const orgId = given["org_id"] as string;
      const org = parseOrgId(orgId);
      checkMayLink(principal, org.id, orgId);
      const appearance = appearances.find((each) => each === (given["appearance"] ?? "auto"));
      if (appearance === undefined) {
        throw new PosthornError("PH_FIELD_INVALID", {
          field: "appearance",
          allowed: appearances.join(", "),
        });
      }
      const link: NewPortalLink = {
        org,
        role: given["read_only"] === true ? "read" : "manage",
        appearance,
        returnUrl: returnUrl(given["return_url"]),
        linkSeconds: seconds(
          "expires_in_seconds",
          given,
          linkSecondsDefault,
          limits.linkSecondsLeast,
        ),
        sessionSeconds: seconds(
          "session_seconds",
          given,
          sessionSecondsDefault,
          limits.portalSessionSecondsLeast,
        ),
      };
      const { id, token, expiresAtMs } = await dependencies.tenants.change(
        scopeOf(principal),
        (transaction) => dependencies.sessions.createLink(transaction, link, actor),
      );
      return {
        id,
        org_id: orgId,
        // The token is in the fragment of the URL, so no server log and no Referer header contains
        // it.
        url: `${dependencies.publicUrl()}/portal#${token}`,
        expires_at: new Date(expiresAtMs).toISOString(),
      };
    },
  };
}

/** @throws PosthornError `PH_NOT_FOUND`, `42501`. */
function checkMayLink(principal: Principal, orgId: string, given: string): void {
  if (principal.kind === "admin") return;
  if (principal.orgId !== orgId) {
    throw new PosthornError("PH_NOT_FOUND", { thing: "org", id: given });
  }
  // A portal session may not create links. Otherwise customers could extend a one-hour session
  // forever.
  if (principal.via === "portal_link") {
    throw new PosthornError("42501", { problem: "permission denied for a portal link" });
  }
  // A token may not create links, because the session would outlive the token and continue after
  // its user is banned.
  if (principal.via === "jwt") {
    throw new PosthornError("42501", { problem: "permission denied for a token of an org's user" });
  }
}

/**
 * Accepts only the URL of a page: `javascript:` would run in the console with its user's session.
 * @throws PosthornError `PH_FIELD_INVALID`.
 */
function returnUrl(given: unknown): string | null {
  if (given === undefined || given === null) return null;
  const text = given as string;
  const url = text.length > limits.urlCharsMax ? null : webUrl(text);
  if (url !== null) return url;
  throw new PosthornError("PH_FIELD_INVALID", {
    field: "return_url",
    allowed: `an http or https URL of at most ${limits.urlCharsMax} characters`,
  });
}

/** Parses an http or https URL. Returns null for any other text. */
function webUrl(text: string): string | null {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

function seconds(
  field: string,
  given: Readonly<Record<string, unknown>>,
  ifAbsent: number,
  least: number,
): number {
  const value = (given[field] ?? ifAbsent) as number;
  if (value < least || value > limits.portalSecondsMax) {
    throw new PosthornError("PH_FIELD_INVALID", {
      field,
      allowed: `a whole number from ${least} to ${limits.portalSecondsMax}`,
    });
  }
  return value;
}
