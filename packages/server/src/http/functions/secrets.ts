/** rpc/rotate_secret, rpc/switch_secret and rpc/endpoint_secrets. */
import type { RestFunction } from "../rest/rpc.ts";
import { endpointArgument, orgOf, scopeOf, type FunctionDependencies } from "./dependencies.ts";

const nameArgument: RestFunction["arguments"][number] = {
  name: "name",
  type: "text",
  required: false,
  description: "The name that the contract gives the secret. Default: the contract's first secret.",
};

const rotationArguments: RestFunction["arguments"] = [
  endpointArgument,
  nameArgument,
  {
    name: "secret",
    type: "text",
    required: false,
    description:
      "The new secret: text of 1 to 512 printable characters, in the form that the endpoint's " +
      "contract signs with. Default: Posthorn generates one.",
  },
  {
    name: "overlap_seconds",
    type: "integer",
    required: false,
    description:
      "How many seconds the earlier secret keeps signing after the new secret has taken over: 0 " +
      "to 315360000 (10 years). Default: 86400.",
  },
  {
    name: "switch_at",
    type: "timestamptz",
    required: false,
    description:
      "When the new secret takes over in headers that can hold only one signature: at most 7 " +
      "days from now. Default: now.",
  },
  {
    name: "compromised",
    type: "boolean",
    required: false,
    description: "If true, all earlier secrets stop signing immediately.",
  },
];

export function rotateSecret(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "rotate_secret",
    description:
      "Gives an endpoint a new secret, which is shown only once. Until the overlap ends, headers " +
      "that can hold several signatures contain one from each secret. Headers that can hold only " +
      "one use the new secret immediately, or from switch_at on.",
    arguments: rotationArguments,
    readOnly: false,
    roles: ["manage"],
    returns: "object",
    result: [
      { name: "endpoint_id", type: "uuid", description: "The endpoint." },
      { name: "secret", type: "text", description: "The new secret. It is shown only once." },
      {
        name: "secret_warning",
        type: "text",
        description: "Why the given secret is weak; null if it is not.",
        isNullable: true,
      },
      {
        name: "previous_secret_expires_at",
        type: "timestamptz",
        description: "When the earlier secret stops signing.",
      },
      {
        name: "secret_switches_at",
        type: "timestamptz",
        description:
          "When the new secret takes over in headers that can hold only one signature; null if " +
          "it already has.",
        isNullable: true,
      },
    ],
    async handler(given, { principal, nowMs, actor }) {
      const id = given["endpoint_id"] as string;
      await orgOf(dependencies, "endpoints", id, principal);
      const rotation = {
        name: given["name"],
        secret: given["secret"],
        overlapSeconds: given["overlap_seconds"],
        switchAt: given["switch_at"],
        isCompromised: given["compromised"],
      };
      const { secret, warning, previousExpiresAtMs, switchAtMs } =
        await dependencies.tenants.change(scopeOf(principal), (transaction) =>
          dependencies.endpoints.rotateSecret(transaction, id, rotation, nowMs, actor),
        );
      await dependencies.node.endpointsChanged([id]);
      return {
        endpoint_id: id,
        secret,
        secret_warning: warning,
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
      "Finishes a scheduled rotation immediately, or cancels it. After a cancellation, only the " +
      "earlier secret is valid.",
    arguments: [
      endpointArgument,
      nameArgument,
      {
        name: "cancel",
        type: "boolean",
        required: false,
        description: "If true, cancels the rotation. The new secret stops signing immediately.",
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
        change(transaction, id, given["name"], nowMs, actor),
      );
      await dependencies.node.endpointsChanged([id]);
      return { endpoint_id: id };
    },
  };
}

export function endpointSecrets(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "endpoint_secrets",
    description:
      "Lists the secrets with which an endpoint signs, without their values. The current secret of " +
      "each name comes first.",
    arguments: [endpointArgument],
    readOnly: true,
    roles: ["manage", "read"],
    returns: "set",
    result: [
      { name: "name", type: "text", description: "The name that the contract gives the secret." },
      { name: "created_at", type: "timestamptz", description: "Since when the endpoint has it." },
      {
        name: "switches_at",
        type: "timestamptz",
        description:
          "When it takes over in headers that can hold only one signature; null if it already has.",
        isNullable: true,
      },
      {
        name: "expires_at",
        type: "timestamptz",
        description: "When it stops signing; null for the current secret of its name.",
        isNullable: true,
      },
    ],
    async handler(given, { principal, nowMs }) {
      const id = given["endpoint_id"] as string;
      await orgOf(dependencies, "endpoints", id, principal);
      const secrets = await dependencies.tenants.read(scopeOf(principal), (database) =>
        dependencies.endpoints.listSecrets(database, id, nowMs),
      );
      return secrets.map((each) => ({
        name: each.name,
        created_at: each.created_at.toISOString(),
        switches_at: each.switches_at?.toISOString() ?? null,
        expires_at: each.expires_at?.toISOString() ?? null,
      }));
    },
  };
}
