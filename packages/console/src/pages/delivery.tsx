/** One delivery: its outcome and the reason, request, response, and possible actions. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { callFunction } from "../api/client.ts";
import { useMayChange } from "../api/context.tsx";
import { isNotFound } from "../api/errors.ts";
import {
  attemptsQuery,
  deletedEndpointQuery,
  deliveryQuery,
  endpointQuery,
  eventQuery,
  functionQuery,
} from "../api/queries.ts";
import type { Delivery } from "../api/types.ts";
import { AttemptList } from "../components/attempts.tsx";
import { CodeBlock, CopyText, Id } from "../components/code.tsx";
import { Facts } from "../components/facts.tsx";
import { MiddleEllipsis } from "../components/middle-ellipsis.tsx";
import { Sentence } from "../components/sentence.tsx";
import { Page, Section, TextLink } from "../components/page.tsx";
import { Failure, Loading } from "../components/states.tsx";
import { DeliveryStatus } from "../components/status.tsx";
import { fromNow, Time } from "../components/time.tsx";
import { destinationOf } from "../copy/destination.ts";

export function DeliveryPage() {
  const { orgId, deliveryId } = useParams({ from: "/shell/orgs/$orgId/deliveries/$deliveryId" });
  const delivery = useQuery(deliveryQuery(deliveryId));
  const back = (
    <TextLink to="/orgs/$orgId/deliveries" params={{ orgId }}>
      Deliveries
    </TextLink>
  );
  if (delivery.data === undefined) {
    return (
      <Page title="Delivery" back={back}>
        {delivery.error === null ? (
          <Loading />
        ) : (
          <Failure error={delivery.error} onRetry={() => void delivery.refetch()} />
        )}
      </Page>
    );
  }
  const { event_type, status, attempts } = delivery.data;
  return (
    <Page
      title={event_type}
      back={back}
      aside={<DeliveryStatus status={status} attempts={attempts} />}
      actions={<Actions delivery={delivery.data} />}
    >
      <Why delivery={delivery.data} />
      <Overview delivery={delivery.data} orgId={orgId} />
      <Attempts delivery={delivery.data} />
      <EventData eventId={delivery.data.event_id} />
    </Page>
  );
}

/** A sentence that explains its status. */
function Why({ delivery }: { readonly delivery: Delivery }) {
  const explained = useQuery(
    functionQuery("explain", { event_id: delivery.event_id, endpoint_id: delivery.endpoint_id }),
  );
  const reason = explained.data?.[0]?.reason;
  if (reason === undefined) return null;
  return (
    <Text size="lg" className="untrusted-text">
      <Sentence text={reason} />
    </Text>
  );
}

function Overview(props: { readonly delivery: Delivery; readonly orgId: string }) {
  const { delivery, orgId } = props;
  const endpoint = useQuery(endpointQuery(delivery.endpoint_id));
  const isGone = isNotFound(endpoint.error);
  const deleted = useQuery({ ...deletedEndpointQuery(delivery.endpoint_id), enabled: isGone });
  const known = isGone ? deleted.data : endpoint.data;
  const next = delivery.next_retry_at;
  return (
    <Facts
      facts={[
        [
          "Endpoint",
          <TextLink
            key="endpoint"
            to="/orgs/$orgId/endpoints/$endpointId"
            params={{ orgId, endpointId: delivery.endpoint_id }}
          >
            <MiddleEllipsis text={known == null ? delivery.endpoint_id : destinationOf(known)} />
            {isGone ? " (deleted)" : null}
          </TextLink>,
        ],
        [
          "Event",
          <TextLink
            key="event"
            to="/orgs/$orgId/events/$eventId"
            params={{ orgId, eventId: delivery.event_id }}
          >
            All endpoints of this event
          </TextLink>,
        ],
        ["Published", <Time key="published" at={delivery.created_at} />],
        next === null
          ? null
          : [
              "Next attempt",
              <span key="next">
                {fromNow(next)} (<Time at={next} />)
              </span>,
            ],
        ["Event id", <Id key="event-id" value={delivery.event_id} what="the event's id" />],
        ["Delivery id", <Id key="id" value={delivery.id} what="the delivery's id" />],
      ]}
    />
  );
}

function Actions({ delivery }: { readonly delivery: Delivery }) {
  const queryClient = useQueryClient();
  const mayChange = useMayChange();
  const endpoint = useQuery(endpointQuery(delivery.endpoint_id));
  const refresh = (): Promise<unknown> =>
    Promise.all(
      [["delivery", delivery.id], ["attempts", delivery.id], ["explain"]].map((queryKey) =>
        queryClient.invalidateQueries({ queryKey }),
      ),
    );
  const retry = useMutation({
    mutationFn: () => callFunction("retry_delivery", { delivery_id: delivery.id }),
    onSettled: refresh,
  });
  const cancel = useMutation({
    mutationFn: () => callFunction("cancel_delivery", { delivery_id: delivery.id }),
    onSettled: refresh,
  });
  // Nothing is sent to a deleted endpoint.
  const mayBeSent = endpoint.data !== undefined && !isNotFound(endpoint.error);
  if (!mayChange || !mayBeSent) return null;
  const error = retry.error ?? cancel.error;
  return (
    <Stack gap="xs">
      <Group gap="xs">
        {delivery.status === "pending" ? (
          <Button variant="default" onClick={() => cancel.mutate()} loading={cancel.isPending}>
            Cancel
          </Button>
        ) : null}
        <Button onClick={() => retry.mutate()} loading={retry.isPending}>
          {delivery.status === "delivered" ? "Send again" : "Retry now"}
        </Button>
      </Group>
      {error === null ? null : <Failure error={error} />}
    </Stack>
  );
}

function Attempts({ delivery }: { readonly delivery: Delivery }) {
  const attempts = useQuery(attemptsQuery(delivery.id));
  return (
    <Section title="Attempts">
      {attempts.isPending ? <Loading rows={2} /> : null}
      {attempts.error === null ? null : (
        <Failure error={attempts.error} onRetry={() => void attempts.refetch()} />
      )}
      {attempts.data?.length === 0 ? <Text size="sm">None yet.</Text> : null}
      {attempts.data === undefined ? null : <AttemptList attempts={attempts.data} />}
    </Section>
  );
}

function EventData({ eventId }: { readonly eventId: string }) {
  const event = useQuery(eventQuery(eventId));
  return (
    <Section title="The event's data">
      {event.isPending ? <Loading rows={3} /> : null}
      {event.error === null ? null : (
        <Text size="sm">The event is no longer available: {event.error.message}</Text>
      )}
      {event.data === undefined ? null : (
        <Stack gap="xs">
          <CodeBlock text={JSON.stringify(event.data.data, null, 2)} label="The event's data" />
          <Group>
            <CopyText value={JSON.stringify(event.data.data)} label="Copy the data" />
          </Group>
        </Stack>
      )}
    </Section>
  );
}
