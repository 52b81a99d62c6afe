/** The catalogue of event types: everybody can read it, the operator can change it. */
import { Accordion, Group, Stack, Tabs, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { deleteRow } from "../api/client.ts";
import { useSession } from "../api/context.tsx";
import { eventTypesQuery } from "../api/queries.ts";
import type { EventType } from "../api/types.ts";
import { CodeBlock, CopyText } from "../components/code.tsx";
import { ConfirmButton } from "../components/confirm.tsx";
import { EditEventType } from "../components/event-type-form.tsx";
import { Page } from "../components/page.tsx";
import { pretty } from "../copy/json-text.ts";
import { Empty, Failure, Loading } from "../components/states.tsx";

export function EventTypesPage() {
  const { session } = useSession();
  const mayChange = session.kind === "admin";
  const types = useQuery(eventTypesQuery);
  const [search, setSearch] = useState("");
  const words = search.trim().toLowerCase();
  const found = (types.data ?? []).filter(
    ({ name, description }) =>
      name.toLowerCase().includes(words) || description.toLowerCase().includes(words),
  );
  return (
    <Page
      title="Event types"
      lead="The events that endpoints can subscribe to, with their data."
      actions={mayChange ? <EditEventType label="Add event type" /> : null}
    >
      <TextInput
        aria-label="Search event types"
        placeholder="Search"
        maw={360}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      {types.isPending ? <Loading /> : null}
      {types.error === null ? null : (
        <Failure error={types.error} onRetry={() => void types.refetch()} />
      )}
      {types.data !== undefined && found.length === 0 ? (
        <Empty title={words === "" ? "No event types yet" : "No event types match"} />
      ) : null}
      <Accordion variant="separated">
        {found.map((type) => (
          <Accordion.Item key={type.name} value={type.name}>
            <Accordion.Control>
              <Text className="mono untrusted-text" fw={600} size="sm">
                {type.name}
              </Text>
              <Text size="sm" c="dimmed" className="untrusted-text">
                {type.description}
              </Text>
            </Accordion.Control>
            <Accordion.Panel>
              <TypeDetails type={type} mayChange={mayChange} />
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </Page>
  );
}

function TypeDetails(props: { readonly type: EventType; readonly mayChange: boolean }) {
  const { type, mayChange } = props;
  const queryClient = useQueryClient();
  return (
    <Stack gap="sm">
      <Tabs defaultValue="example" keepMounted={false}>
        <Tabs.List aria-label={`Of ${type.name}`}>
          <Tabs.Tab value="example">Example</Tabs.Tab>
          <Tabs.Tab value="schema">JSON Schema</Tabs.Tab>
        </Tabs.List>
        {(["example", "schema"] as const).map((part) => (
          <Tabs.Panel key={part} value={part} pt="xs">
            {pretty(type[part]) === "" ? (
              <Text size="sm">None.</Text>
            ) : (
              <Stack gap="xs">
                <CodeBlock text={pretty(type[part])} label={`${part} of ${type.name}`} />
                <Group>
                  <CopyText value={pretty(type[part])} label="Copy" />
                </Group>
              </Stack>
            )}
          </Tabs.Panel>
        ))}
      </Tabs>
      {mayChange ? (
        <Group>
          <EditEventType label="Change" type={type} />
          <ConfirmButton
            label="Delete"
            title={`Delete ${type.name}?`}
            color="red"
            variant="subtle"
            action={() => deleteRow("webhook_event_types", ["name", type.name])}
            onDone={() => void queryClient.invalidateQueries({ queryKey: ["event-types"] })}
          >
            Events of this type can no longer be published.
          </ConfirmButton>
        </Group>
      ) : null}
    </Stack>
  );
}
