/* Shows the API's own document. Requests go from this page to this service, through no proxy. */
window.Scalar.createApiReference("#reference", {
  url: "/openapi.json",
  metaData: { title: "API reference | Posthorn" },
  // Nothing is loaded from another host, and nothing is sent to one.
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: "never",
  agent: { disabled: true },
  persistAuth: false,
  defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
  authentication: { preferredSecurityScheme: "apikey" },
  documentDownloadType: "json",
  theme: "default",
});
