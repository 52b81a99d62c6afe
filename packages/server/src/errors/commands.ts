/** Errors of commands, which the API does not return. */
export const commandErrors = {
  PH_API_UNREACHABLE: {
    status: 503,
    message: "Posthorn at {url} did not respond: {reason}.",
    hint: "Start it, or choose another address with --url, POSTHORN_URL or posthorn login.",
  },
  PH_IMPORT_SOURCE: {
    status: 500,
    message: "The {what} of the other service is missing.",
    hint: "Pass it with --{option}, or in the variable that posthorn import svix --help names.",
  },
  PH_IMPORT_UNREACHABLE: {
    status: 503,
    message: "The service at {url} did not respond: {reason}.",
    hint: "Check the address and the network. Then run the import again; it continues where it stopped.",
  },
  PH_IMPORT_OTHER: {
    status: 500,
    message: "The response from {url} did not come from a Svix server: {reason}.",
    hint: "Correct the address: --from or SVIX_SERVER_URL, without /api/v1.",
  },
  PH_API_OTHER: {
    status: 500,
    message: "The response from {url} did not come from Posthorn: {reason}.",
    hint: "Correct the address: --url, POSTHORN_URL or the profile.",
  },
  PH_API_URL: {
    status: 500,
    message: "The address {url} cannot be used: it is not an http or https URL.",
    hint: "Write it as https://webhooks.example.com.",
  },
  PH_API_KEY_NOT_SET: {
    status: 500,
    message: "There is no key for {url}.",
    hint: "Run posthorn login, set POSTHORN_KEY, or pass --key.",
  },
  PH_ORG_MISSING: {
    status: 500,
    message: "The key belongs to no org, so the command must name one.",
    hint: "Add --org <id>, or use a key of the org.",
  },
  PH_PROFILE_UNKNOWN: {
    status: 500,
    message: "There is no profile {profile}.",
    hint: "Create it with posthorn login --profile {profile}. Existing profiles: {profiles}.",
  },
  PH_PROFILES_FILE: {
    status: 500,
    message: "The file {file} cannot be used: {reason}.",
    hint: "Correct or delete it, and run posthorn login.",
  },
  PH_ADMIN_KEY_CONFIGURED: {
    status: 500,
    message: "The admin key is set by POSTHORN_ADMIN_KEY, so this command cannot replace it.",
    hint: "Change the variable on every node, and restart the nodes.",
  },
  PH_ARGUMENT_INVALID: {
    status: 500,
    message: "The value of {argument} cannot be used: {reason}.",
    hint: "posthorn {command} --help describes the arguments.",
  },
  PH_FILE_UNREADABLE: {
    status: 500,
    message: "The file {file} cannot be used: {reason}.",
    hint: "Correct the file or its path. A file name of - reads standard input.",
  },
} as const;
