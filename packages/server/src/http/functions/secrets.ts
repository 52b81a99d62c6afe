/** rpc/rotate_secret and rpc/switch_secret. */
import type { RestFunction } from "../rest/rpc.ts";
import { endpointArgument, orgOf, scopeOf, type FunctionDependencies } from "./dependencies.ts";

const rotationArguments: RestFunction["arguments"] = [
  endpointArgument,
  {
    name: "secret",
    type: "text",
    required: false,
    description: "whsec_ and 24 to 64 bytes in base64; made, if left out.",
  },
  {
    name: "overlap_seconds",
    type: "integer",
    required: false,
    description:
      "How long the earlier secret goes on signing after the new one has begun: 0 to 604800, " +
      "by default 86400.",
  },
  {
    name: "switch_at",
    type: "timestamptz",
    required: false,
    description: "When the new secret begins where there is room for one: within 7 days.",
  },
  {
    name: "compromised",
    type: "boolean",
    required: false,
    description: "True: no earlier secret signs anything any more, from now on.",
  },
];

export function rotateSecret(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "rotate_secret",
    description:
      "Gives an endpoint a new secret, shown this once. Until the overlap ends, headers that can " +
      "carry several signatures carry one by the earlier secret too. A header with room for one " +
      "is signed with the new secret from now on, or from switch_at.",
    arguments: rotationArguments,
    readOnly: false,
    roles: ["manage"],
    returns: "object",
    result: [
      { name: "endpoint_id", type: "uuid", description: "The endpoint." },
      { name: "secret", type: "text", description: "The new secret; shown this once." },
      {
        name: "previous_secret_expires_at",
        type: "timestamptz",
        description: "Until when the earlier secret signs, too.",
      },
      {
        name: "secret_switches_at",
        type: "timestamptz",
        description: "When the new secret begins where there is room for one; null: it has.",
        isNullable: true,
      },
    ],
    async handler(given, { principal, nowMs, actor }) {
      const id = given["endpoint_id"] as string;
      await orgOf(dependencies, "endpoints", id, principal);
      const rotation = {
        secret: given["secret"],
        overlapSeconds: given["overlap_seconds"],
        switchAt: given["switch_at"],
        isCompromised: given["compromised"],
      };
      const { secret, previousExpiresAtMs, switchAtMs } = await dependencies.tenants.change(
        scopeOf(principal),
        (transaction) =>
          dependencies.endpoints.rotateSecret(transaction, id, rotation, nowMs, actor),
      );
      await dependencies.node.endpointsChanged([id]);
      return {
        endpoint_id: id,
        secret,
        previous_secret_expires_at: new Date(previousExpiresAtMs).toISOString(),
        secret_switches_at: switchAtMs === null ? null : new Date(switchAtMs).toISOString(),
      };
    },
  };
}

export function switchSecret(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "switch_secret",
    description:
      "For a rotation whose new secret has yet to begin: it begins now, or is called off, and the " +
      "earlier secret is the endpoint's again.",
    arguments: [
      endpointArgument,
      {
        name: "cancel",
        type: "boolean",
        required: false,
        description: "True: the new secret is called off; it ends at once.",
      },
    ],
    readOnly: false,
    roles: ["manage"],
    returns: "object",
    result: [{ name: "endpoint_id", type: "uuid", description: "The endpoint." }],
    async handler(given, { principal, nowMs, actor }) {
      const id = given["endpoint_id"] as string;
      await orgOf(dependencies, "endpoints", id, principal);
      const { cancelSwitch, switchSecretNow } = dependencies.endpoints;
      const change = given["cancel"] === true ? cancelSwitch : switchSecretNow;
      await dependencies.tenants.change(scopeOf(principal), (transaction) =>
        change(transaction, id, nowMs, actor),
      );
      await dependencies.node.endpointsChanged([id]);
      return { endpoint_id: id };
    },
  };
}
