/** Something that happened and was published once. */
export interface PublishedEvent {
  readonly id: string;
  /** The publisher's own id, unique in the org. Null or undefined if it gave none. */
  readonly externalId?: string | null;
  readonly orgId: string;
  readonly type: string;
  /** When it happened according to the publisher, in milliseconds since the Unix epoch. */
  readonly timestampMs: number;
  /** The event's `data` as JSON text, exactly as published. */
  readonly dataJson: string;
}
