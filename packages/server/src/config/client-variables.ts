/**
 * The environment variables of commands that call the API. The command line's reference page lists
 * them.
 */
export const clientVariables = {
  url: {
    name: "POSTHORN_URL",
    description:
      "The address of the service that commands call, e.g. https://webhooks.example.com.",
  },
  key: { name: "POSTHORN_KEY", description: "The API key that commands send." },
  svixUrl: {
    name: "SVIX_SERVER_URL",
    description: "The address of the Svix server that `posthorn import svix` reads.",
  },
  svixToken: {
    name: "SVIX_TOKEN",
    description: "The token that `posthorn import svix` reads it with.",
  },
  profile: { name: "POSTHORN_PROFILE", description: "The profile that commands use." },
  configHome: {
    name: "XDG_CONFIG_HOME",
    description:
      "The folder of `posthorn/profiles.json`. Default: `~/.config`, or `.config` in the data folder if there is no home folder.",
  },
} as const;
