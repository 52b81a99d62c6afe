/** A secret that is shown only once. */
import { Alert, Group, Stack, Text } from "@mantine/core";
import { CopyText } from "./code.tsx";

export function SecretShownOnce({ secret }: { readonly secret: string }) {
  return (
    <Alert color="yellow" variant="light" title="The secret is shown only once">
      <Stack gap="xs">
        <Text size="sm">
          Put it where your server keeps its secrets. It cannot be shown again; a lost one is
          replaced by rotating it.
        </Text>
        <Group gap="sm">
          <Text className="mono untrusted-text" size="sm" fw={600} data-testid="secret">
            {secret}
          </Text>
          <CopyText value={secret} label="Copy the secret" />
        </Group>
      </Stack>
    </Alert>
  );
}
