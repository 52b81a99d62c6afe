/** The text that `posthorn serve` prints at the first start of an installation. */

export interface FirstStart {
  /** The URL of the console, without a slash at the end. */
  readonly url: string;
  /** The file that contains the admin key; null if POSTHORN_ADMIN_KEY contains it. */
  readonly adminKeyFile: string | null;
}

/** Says where the admin key is, and what to do next. The key itself must not be in a log. */
export function describeFirstStart({ url, adminKeyFile }: FirstStart): string {
  const key = adminKeyFile === null ? "the value of POSTHORN_ADMIN_KEY" : `in ${adminKeyFile}`;
  return (
    `This is the first start. The admin key is ${key}. Sign in with it at ${url}/ to create ` +
    `event types and endpoints, and publish an event. ${url}/docs describes the API.`
  );
}
