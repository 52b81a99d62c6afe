/** Code that verifies a delivery, in the reader's language. */
import { Group, Stack, Tabs, Text } from "@mantine/core";
import { snippetsFor } from "../copy/snippets.ts";
import { CodeBlock, CopyText } from "./code.tsx";

export function VerifySnippets({ contract }: { readonly contract: string }) {
  const snippets = snippetsFor(contract);
  if (snippets.length === 0) {
    return (
      <Text size="sm">
        The contract {contract} is this platform&rsquo;s own: see its documentation for how to
        verify.
      </Text>
    );
  }
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        A whole receiver each. It reads the secret from <code>ENDPOINT_SECRET</code> and the port
        from <code>PORT</code>.
      </Text>
      <Tabs defaultValue="0" keepMounted={false}>
        <Tabs.List aria-label="Language">
          {snippets.map(({ title }, index) => (
            <Tabs.Tab key={title} value={String(index)}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {snippets.map(({ title, code }, index) => (
          <Tabs.Panel key={title} value={String(index)} pt="xs">
            <Stack gap="xs">
              <CodeBlock text={code} label={`Receiver: ${title}`} />
              <Group>
                <CopyText value={code} label="Copy the code" />
              </Group>
            </Stack>
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}
