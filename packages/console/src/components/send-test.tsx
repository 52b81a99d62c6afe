/** Sends a test event to one endpoint, and shows its delivery. */
import { Button, Group, Loader, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { callFunction, from, rowsOf } from "../api/client.ts";
import { eventTypesQuery } from "../api/queries.ts";
import type { Delivery } from "../api/types.ts";
import { outcomeOf } from "../copy/failures.ts";
import { TextLink } from "./page.tsx";
import { Failure } from "./states.tsx";
import { DeliveryStatus } from "./status.tsx";

const watchMs = 400;
/** The type that the API sends if no type of the endpoint has an example. */
const builtInType = "webhook.test";

export function SendTest(props: {
  readonly endpointId: string;
  readonly orgId: string;
  readonly events: readonly string[] | null;
}) {
  const { endpointId, orgId, events } = props;
  const [type, setType] = useState<string | null>(null);
  const types = useQuery(eventTypesQuery);
  const send = useMutation({
    mutationFn: () =>
      callFunction("send_test", {
        endpoint_id: endpointId,
        ...(type === null ? {} : { event_type: type }),
      }),
  });
  const names = (types.data ?? [])
    .filter((each) => each.example !== null && (events === null || events.includes(each.name)))
    .map((each) => each.name);
  const byDefault = events?.find((name) => names.includes(name)) ?? builtInType;
  return (
    <Stack>
      <Group align="flex-end">
        <Select
          label="Event type"
          description="Posthorn sends its example."
          placeholder={byDefault}
          data={names}
          value={type}
          onChange={setType}
          searchable
          clearable
          clearButtonProps={{ "aria-label": `Send ${byDefault}` }}
          flex={1}
          maw={360}
        />
        <Button onClick={() => send.mutate()} loading={send.isPending}>
          Send test event
        </Button>
      </Group>
      {send.error === null ? null : <Failure error={send.error} />}
      {send.data === undefined ? null : (
        <Arrival eventId={send.data.event_id} orgId={orgId} key={send.data.event_id} />
      )}
    </Stack>
  );
}

function Arrival(props: { readonly eventId: string; readonly orgId: string }) {
  const found = useQuery({
    queryKey: ["event-deliveries", props.eventId],
    queryFn: ({ signal }) =>
      rowsOf<Delivery>(
        from("webhook_deliveries").select("*").eq("event_id", props.eventId).abortSignal(signal),
      ),
    // Polls until the delivery has an outcome. The delivery's own page shows the details.
    refetchInterval: (query) => {
      const delivery = query.state.data?.[0];
      return delivery === undefined || delivery.attempts === 0 ? watchMs : false;
    },
  });
  if (found.error !== null) return <Failure error={found.error} />;
  const delivery = found.data?.[0];
  if (delivery === undefined || delivery.attempts === 0) {
    return (
      <Group gap="xs" role="status">
        <Loader size="xs" aria-hidden />
        <Text size="sm">Sent. Waiting for the response of your server…</Text>
      </Group>
    );
  }
  const outcome = outcomeOf({
    ...delivery,
    succeeded: delivery.status === "delivered",
    error_message: null,
  });
  return (
    <Stack gap={4} role="status">
      <Group gap="xs">
        <DeliveryStatus status={delivery.status} attempts={delivery.attempts} />
        <Text fw={600}>{outcome.title}</Text>
      </Group>
      {outcome.advice === null ? null : <Text size="sm">{outcome.advice}</Text>}
      <Text size="sm">
        <TextLink
          to="/orgs/$orgId/deliveries/$deliveryId"
          params={{ orgId: props.orgId, deliveryId: delivery.id }}
        >
          Show request and response
        </TextLink>
      </Text>
    </Stack>
  );
}
