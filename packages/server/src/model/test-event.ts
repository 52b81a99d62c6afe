/**
 * The event that rpc/send_test sends if neither the caller nor the endpoint names a type. It is not
 * in the catalogue, because an installation may have no event types yet, and another platform's
 * types would mislead the receiver.
 */

export const testEventType = "webhook.test";
export const testEventDataJson = JSON.stringify({ message: "This is a test event." });

/** The test event of the Svix dialect, with the name and the data that Svix's receivers know. */
export const pingEventType = "svix.ping";
export const pingEventDataJson = JSON.stringify({ success: true });

/** True for test events that need no entry in the catalogue. */
export function isBuiltInTestEvent(type: string): boolean {
  return type === testEventType || type === pingEventType;
}
