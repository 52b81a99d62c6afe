/** Pauses an endpoint for a while, and ends a pause early. */
import { Alert, Button, Group, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { updateRow } from "../api/client.ts";
import { useMayChange } from "../api/context.tsx";
import type { Endpoint } from "../api/types.ts";
import { Section } from "./page.tsx";
import { Failure } from "./states.tsx";
import { Time } from "./time.tsx";

const hourMs = 3_600_000;
const lengths = [
  { value: String(hourMs), label: "1 hour" },
  { value: String(8 * hourMs), label: "8 hours" },
  { value: String(24 * hourMs), label: "1 day" },
  { value: String(7 * 24 * hourMs), label: "7 days" },
];

export function isPaused({ paused_until: until }: Endpoint): boolean {
  return until !== null && Date.parse(until) > Date.now();
}

function useChange(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (until: string | null) =>
      updateRow("webhook_endpoints", ["id", id], { paused_until: until }),
    onSuccess: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: ["endpoint", id] }),
        queryClient.invalidateQueries({ queryKey: ["endpoints"] }),
      ]),
  });
}

/** Says until when the endpoint is paused, with a button that ends the pause. */
export function Paused({ endpoint }: { readonly endpoint: Endpoint }) {
  const mayChange = useMayChange();
  const change = useChange(endpoint.id);
  return (
    <Alert color="yellow" title="This endpoint is paused">
      <Stack gap="xs">
        <Text size="sm">
          Its deliveries wait until <Time at={endpoint.paused_until} />, and are then sent by
          themselves.
        </Text>
        {change.error === null ? null : <Failure error={change.error} />}
        {mayChange ? (
          <Group>
            <Button size="xs" loading={change.isPending} onClick={() => change.mutate(null)}>
              Resume now
            </Button>
          </Group>
        ) : null}
      </Stack>
    </Alert>
  );
}

export function PauseEndpoint({ endpoint }: { readonly endpoint: Endpoint }) {
  const [length, setLength] = useState<string>(String(hourMs));
  const change = useChange(endpoint.id);
  return (
    <Section title="Pause">
      <Text size="sm">
        For maintenance: deliveries wait and are sent by themselves afterwards, also those of events
        that are published meanwhile.
      </Text>
      <Group align="flex-end">
        <Select
          label="For"
          data={lengths}
          value={length}
          onChange={(value) => setLength(value ?? String(hourMs))}
          allowDeselect={false}
          maw={160}
        />
        <Button
          variant="default"
          loading={change.isPending}
          onClick={() => change.mutate(new Date(Date.now() + Number(length)).toISOString())}
        >
          Pause endpoint
        </Button>
      </Group>
      {change.error === null ? null : <Failure error={change.error} />}
    </Section>
  );
}
