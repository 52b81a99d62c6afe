/**
 * Publishes an event from the console: choose a type, edit its example, and see where the event
 * arrived.
 */
import { Button, Group, JsonInput, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { insertRow } from "../api/client.ts";
import { eventTypesQuery } from "../api/queries.ts";
import type { EventType } from "../api/types.ts";
import { isJsonObject, pretty } from "../copy/json-text.ts";
import { TextLink } from "./page.tsx";
import { Failure, Loading } from "./states.tsx";

export function PublishEvent({ orgId }: { readonly orgId: string }) {
  const types = useQuery(eventTypesQuery);
  const [type, setType] = useState<string | null>(null);
  // Null until the user types. The field then shows the type's example.
  const [typed, setTyped] = useState<string | null>(null);
  const queryClient = useQueryClient();
  const chosen = types.data?.find(({ name }) => name === type) ?? types.data?.[0];
  const text = typed ?? startOf(chosen);
  const problem = isJsonObject(text);
  const publish = useMutation({
    mutationFn: () =>
      insertRow("webhook_events", {
        org_id: orgId,
        event_type: chosen?.name ?? "",
        data: JSON.parse(text) as Record<string, unknown>,
      }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["first-steps"] }),
  });
  if (types.isPending) return <Loading rows={3} />;
  return (
    <Stack gap="sm" maw={640}>
      <Select
        label="Event type"
        data={(types.data ?? []).map(({ name }) => name)}
        value={chosen?.name ?? null}
        allowDeselect={false}
        searchable
        onChange={(name) => {
          setType(name);
          setTyped(null);
        }}
      />
      <JsonInput
        label="Data"
        description="The example of the event type. You can change it."
        autosize
        minRows={4}
        maxRows={14}
        value={text}
        onChange={setTyped}
        error={typed === null ? null : problem}
      />
      {publish.error === null ? null : <Failure error={publish.error} />}
      <Group>
        <Button
          onClick={() => publish.mutate()}
          loading={publish.isPending}
          disabled={chosen === undefined || problem !== null}
        >
          Publish event
        </Button>
        {publish.data === undefined ? null : (
          <Text size="sm" role="status">
            Published.{" "}
            <TextLink
              to="/orgs/$orgId/events/$eventId"
              params={{ orgId, eventId: publish.data.id }}
              underline="always"
            >
              Show event
            </TextLink>
          </Text>
        )}
      </Group>
    </Stack>
  );
}

function startOf(type: EventType | undefined): string {
  return pretty(type?.example) || "{}";
}
