/**
 * A contract defines how a platform's webhooks look on the wire. It is data: one JSON document in
 * `packages/server/contracts/`, which `contract.schema.json` describes. A new platform needs a new
 * document, not new code.
 */
import type { Jitter } from "../model/retry-schedule.ts";

/** A document as an author writes it. Members with `?` have defaults; see `render.ts`. */
export interface Contract {
  /** The name that an endpoint's field `contract` contains. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The body as JSON. Exactly one of `body` and `form` is given. */
  readonly body?: BodyTemplate;
  /**
   * The body as a form (application/x-www-form-urlencoded): templates by field, or
   * `{event.data}`, which makes each member of the data a field.
   */
  readonly form?: Readonly<Record<string, string>> | "{event.data}";
  /** Names in lower case; values are templates over the values of `values.ts`. */
  readonly headers: Readonly<Record<string, string>>;
  /** By the name that `{signature.NAME}` uses. */
  readonly signatures?: Readonly<Record<string, ContractSignature | SignaturePreset>>;
  /** By name. Default: one secret named `main`. */
  readonly secrets?: Readonly<Record<string, ContractSecret>>;
  readonly retry: ContractRetry;
  /** Which responses count as delivered. Default: every 2xx. */
  readonly success?: ContractSuccess;
  /** The timeout of a whole attempt. */
  readonly timeoutMs: number;
}

/** JSON whose strings are templates. */
export type BodyTemplate =
  | string
  | number
  | boolean
  | null
  | readonly BodyTemplate[]
  | { readonly [name: string]: BodyTemplate };

/** `standard`: the symmetric signature of Standard Webhooks 1.0.0, which is also Svix's `v1`. */
export type SignaturePreset = "standard";

/**
 * Secrets of the endpoint sign by HMAC. The others sign with the platform's own key, except that
 * `ed25519` with `secret` signs with the endpoint's.
 */
export type SignatureAlgorithm =
  | "hmac-sha1"
  | "hmac-sha256"
  | "hmac-sha512"
  | "ed25519"
  | "ecdsa-p256"
  | "rsa-sha256";

export type BinaryEncoding = "hex" | "base64" | "base64url";

/** How the characters of a secret become the bytes of a key. */
export type KeyForm = "text" | "hex" | "base64";

export interface ContractSignature {
  /** Default: `hmac-sha256`. */
  readonly algorithm?: SignatureAlgorithm;
  /** The secret that signs. Default: the contract's first, or the platform's key. */
  readonly secret?: string;
  /** Default: `text`. */
  readonly key?: KeyForm;
  /** A prefix that is removed from the secret before it is decoded. Default: none. */
  readonly keyPrefix?: string;
  /** The signed text: a template. Default: `{body}`. */
  readonly content?: string;
  /** A JSON Web Token instead of a signed text: its claims, and more members of its header. */
  readonly jwt?: {
    readonly claims: BodyTemplate;
    readonly header?: Readonly<Record<string, string>>;
  };
  /** Default: `hex`. */
  readonly encoding?: BinaryEncoding;
  /** The form of one signature: a template with `{signature}`. Default: `{signature}`. */
  readonly form?: string;
  /**
   * The separator between the signatures of all valid secrets. Without it, only the current secret
   * signs.
   */
  readonly separator?: string;
  /** True if the signature intentionally covers neither the whole body nor all data. */
  readonly withoutBody?: boolean;
}

/** How Posthorn generates a secret. */
export type SecretForm = "whsec" | "hex" | "base64" | "base64url" | "uuid";

export interface ContractSecret {
  /** Default: the form that the signatures read; `whsec` if they read text. */
  readonly generate?: SecretForm;
  /** Written in front of a generated secret. Default: none, `whsec_`, or the `keyPrefix`. */
  readonly prefix?: string;
  /** Random bytes of a generated secret. Default: 32. */
  readonly bytes?: number;
}

export interface ContractRetry {
  /** E.g. `0s,5s,5m`, or `0s,1m then every 8h until 3d`. */
  readonly schedule: string;
  /** A number is the same fraction in both directions. Default: 0. */
  readonly jitter?: number | Jitter;
}

export interface ContractSuccess {
  /** Statuses that count as delivered, or ranges of them: `"200-204"`. Default: `200-299`. */
  readonly statuses?: readonly (number | string)[];
  /** What the response's body must be. Exactly one of `contains`, `isEmpty` and `member`. */
  readonly body?: {
    /** A text in it. */
    readonly contains?: string;
    readonly isEmpty?: true;
    /** The path of a member of its JSON, e.g. `result.status`, which must equal `value`. */
    readonly member?: string;
    readonly value?: string | number | boolean;
  };
  /** Statuses after which there are no retries. */
  readonly finalStatuses?: readonly (number | string)[];
}
