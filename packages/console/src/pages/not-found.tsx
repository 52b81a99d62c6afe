import { Center, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";

export function NotFound() {
  return (
    <Center component="main" mih="60dvh">
      <Stack align="center" gap="xs">
        <Title order={1} size="h3">
          There is no such page
        </Title>
        <Text>
          <Link to="/">Go to the start</Link>
        </Text>
      </Stack>
    </Center>
  );
}
