/** Explains an attempt's outcome in plain words, with advice. */

export interface Outcome {
  readonly title: string;
  readonly meaning: string;
  /** Null if the user need not do anything. */
  readonly advice: string | null;
}

export interface AttemptFacts {
  readonly response_status: number | null;
  /** Whether the response counted as delivered: the contract decides. */
  readonly succeeded: boolean;
  readonly error: string | null;
  readonly error_message: string | null;
}

/** Explanations by the class of the error, for attempts without a status. */
const withoutStatus: Readonly<Record<string, Outcome>> = {
  address: {
    title: "The address is not allowed",
    meaning: "The URL leads to an address that webhooks may not be sent to, e.g. a private one.",
    advice:
      "Point the URL at a public address. The operator can allow a private range if it is meant.",
  },
  dns: {
    title: "The host name was not found",
    meaning: "No address could be found for the URL's host name, so nothing was sent.",
    advice: "Check the spelling of the host, and that its DNS record exists and is public.",
  },
  connect: {
    title: "No connection",
    meaning: "Nothing accepted a connection at that address and port.",
    advice: "Check that the server runs, listens on that port, and that no firewall is in the way.",
  },
  tls: {
    title: "The secure connection failed",
    meaning: "The server's certificate could not be trusted, or both sides found no common TLS.",
    advice:
      "Check that the certificate is for this host name, has not expired, and comes with its " +
      "intermediate certificates.",
  },
  timeout: {
    title: "No answer in time",
    meaning: "The request was sent, or was being sent, when its time was over.",
    advice: "Answer 2xx at once and do the work afterwards, e.g. from a queue.",
  },
  closed: {
    title: "The connection was closed",
    meaning: "The server closed the connection before it responded.",
    advice:
      "Look into its log at that time: it may have crashed, restarted, or be behind a proxy that gave up.",
  },
  protocol: {
    title: "The answer was not HTTP",
    meaning: "What came back could not be read as an HTTP response.",
    advice: "Check that the URL's port speaks HTTP or HTTPS, as the URL says.",
  },
  shutdown: {
    title: "Interrupted here",
    meaning: "The sending service stopped while the attempt ran.",
    advice: null,
  },
  no_terminal: {
    title: "The terminal left",
    meaning: "The terminal disconnected before it answered. It may have got the event.",
    advice: "Start posthorn listen again.",
  },
  transformation: {
    title: "The transformation failed",
    meaning: "The endpoint's function could not shape the event, so nothing was sent.",
    advice: "Correct the function on the endpoint's page. The next attempt uses it.",
  },
  cancelled: {
    title: "Cancelled by the transformation",
    meaning: "The endpoint's function decided to send nothing for this event.",
    advice: null,
  },
  internal: {
    title: "A fault on the sending side",
    meaning: "The request could not be made. It is not your server's fault.",
    advice: "Tell the operator; the service's log has the details.",
  },
};

/** Explanations by the status of the response. */
const byStatus: Readonly<Record<number, Outcome>> = {
  400: {
    title: "400: it could not read the request",
    meaning: "The server found the request malformed.",
    advice: "Compare what your code expects with the body and headers below.",
  },
  401: {
    title: "401: it did not accept the signature",
    meaning: "The server refused the request as not authentic.",
    advice:
      "Verify over the raw body, before anything parses it, with this endpoint's current secret. " +
      "The endpoint's page has code that works.",
  },
  403: {
    title: "403: it was refused",
    meaning: "The server, or something in front of it, does not let this request in.",
    advice: "Check firewalls, bot protection, CSRF checks, and the signature check.",
  },
  404: {
    title: "404: there is nothing at that path",
    meaning: "The server runs, but has no such path.",
    advice: "Check the path in the endpoint's URL, and that the route is deployed.",
  },
  405: {
    title: "405: POST is not allowed there",
    meaning: "The path exists, but does not take POST.",
    advice: "Webhooks are sent by POST: add that method to the route.",
  },
  408: {
    title: "408: the server gave up waiting",
    meaning: "The server, or a proxy, ended the request as too slow.",
    advice: "Answer 2xx at once and do the work afterwards.",
  },
  410: {
    title: "410: it asked for no more",
    meaning: "Gone means: stop sending to this address. The endpoint was turned off.",
    advice: "If that was not meant, mend the server and turn the endpoint on again.",
  },
  413: {
    title: "413: the body is too large for it",
    meaning: "The server takes only smaller bodies.",
    advice: "Raise its limit; bodies here can have up to 256 KiB.",
  },
  415: {
    title: "415: it does not take this content type",
    meaning: "The server does not accept application/json.",
    advice: "Let the route take JSON.",
  },
  429: {
    title: "429: too many requests",
    meaning: "The server asks to be sent less. Its Retry-After is respected.",
    advice: "Set a rate limit for the endpoint, in its settings, that the server can bear.",
  },
};

/** Explains an attempt's outcome. A pure function. */
export function outcomeOf(attempt: AttemptFacts): Outcome {
  const { response_status: status, error } = attempt;
  if (status === null) {
    const known = withoutStatus[error ?? ""];
    if (known !== undefined) return known;
    return {
      title: "No answer",
      meaning: attempt.error_message ?? "No response came.",
      advice: null,
    };
  }
  if (attempt.succeeded) {
    return { title: `${status}: delivered`, meaning: "The server accepted it.", advice: null };
  }
  if (status >= 200 && status <= 299) {
    return {
      title: `${status}: does not count as delivered`,
      meaning: "The server responded, but not as the platform requires.",
      advice: "Let the server respond as the reason below says.",
    };
  }
  if (status >= 300 && status <= 399) {
    return {
      title: `${status}: it redirects`,
      meaning: "Redirects are not followed: they could lead anywhere.",
      advice: "Put the address that it redirects to into the endpoint's URL.",
    };
  }
  const known = byStatus[status];
  if (known !== undefined) return known;
  if (status >= 500) {
    return {
      title: `${status}: the server failed`,
      meaning: "The server, or a proxy in front of it, had an error of its own.",
      advice: "Look into its log at that time; the response below may say more.",
    };
  }
  return {
    title: `${status}: not accepted`,
    meaning: "This status does not count as delivered.",
    advice: "The response below may say why.",
  };
}
