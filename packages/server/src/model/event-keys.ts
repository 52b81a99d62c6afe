/**
 * The keys by which an event is unique in its org: its idempotency key and its external id. Both
 * are kept as long as the event, so that it is not stored twice.
 */

interface KeyedEvent {
  readonly orgId: string;
  readonly idempotencyKey: string | null;
  readonly externalId?: string | null;
}

export interface EventKey {
  readonly text: string;
  /** Otherwise it is an idempotency key. */
  readonly isExternalId: boolean;
}

const none: readonly EventKey[] = [];

export function eventKeysOf({
  idempotencyKey,
  externalId = null,
}: KeyedEvent): readonly EventKey[] {
  if (idempotencyKey === null && externalId === null) return none;
  const keys: EventKey[] = [];
  if (externalId !== null) keys.push({ text: externalId, isExternalId: true });
  if (idempotencyKey !== null) keys.push({ text: idempotencyKey, isExternalId: false });
  return keys;
}

/** A text that differs for each org, kind and key, e.g. for a map. */
export function eventKeyName(orgId: string, { text, isExternalId }: EventKey): string {
  return `${orgId} ${isExternalId ? "id" : "key"} ${text}`;
}
