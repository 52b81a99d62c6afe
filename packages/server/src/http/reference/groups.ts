/** The headings of the API reference, in the order in which it shows them. */
export const groups = {
  publish: {
    name: "Publish",
    description: "Publish events. A 201 response means that the event is stored.",
  },
  endpoints: {
    name: "Endpoints",
    description: "Choose where an org's events go, test an endpoint, and rotate its secret.",
  },
  deliveries: {
    name: "Deliveries",
    description:
      "See what was sent and what the receiver returned, retry or cancel a delivery, and ask why " +
      "an event did not arrive.",
  },
  replays: {
    name: "Replays",
    description: "Send an endpoint's failed, missed or earlier deliveries again.",
  },
  eventTypes: {
    name: "Event types and contracts",
    description: "The catalogue of event types, and the wire formats that endpoints can use.",
  },
  orgs: {
    name: "Orgs and keys",
    description: "Your customers, their API keys, portal links, and the erasure of their data.",
  },
  monitoring: {
    name: "Monitoring",
    description: "Counts, durations, the health of endpoints, live updates and the audit.",
  },
} as const;
