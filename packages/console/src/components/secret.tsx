/** Secrets that are shown only once. */
import { Alert, Group, Stack, Text } from "@mantine/core";
import { CopyText } from "./code.tsx";

export interface ShownSecret {
  /** The secret's name in the contract; null if the contract has only one. */
  readonly name: string | null;
  readonly secret: string;
}

export function SecretsShownOnce(props: {
  readonly secrets: readonly ShownSecret[];
  /** Why a given secret is weak; null or undefined if it is not. */
  readonly warning?: string | null | undefined;
}) {
  const { secrets, warning = null } = props;
  const title =
    secrets.length === 1 ? "The secret is shown only once" : "The secrets are shown only once";
  return (
    <Stack gap="sm">
      {warning === null ? null : (
        <Alert color="red" variant="light" title="Weak secret" role="status">
          {warning}
        </Alert>
      )}
      <Alert color="yellow" variant="light" title={title}>
        <Stack gap="xs">
          <Text size="sm">
            Store each where your server keeps its secrets. If you lose one, rotate it.
          </Text>
          {secrets.map(({ name, secret }) => (
            <Group gap="sm" key={name ?? ""}>
              {name === null ? null : (
                <Text size="sm" className="untrusted-text">
                  {name}
                </Text>
              )}
              <Text className="mono untrusted-text" size="sm" fw={600} data-testid="secret">
                {secret}
              </Text>
              <CopyText
                value={secret}
                label={name === null ? "Copy the secret" : `Copy the secret ${name}`}
              />
            </Group>
          ))}
        </Stack>
      </Alert>
    </Stack>
  );
}

/** The secrets of an endpoint that was just created: one, or several by name. */
export function secretsOf(created: {
  readonly secret: string;
  readonly secrets?: unknown;
}): readonly ShownSecret[] {
  const named = Object.entries(Object(created.secrets) as Readonly<Record<string, string>>);
  if (named.length === 0) return [{ name: null, secret: created.secret }];
  return named.map(([name, secret]) => ({ name, secret }));
}
