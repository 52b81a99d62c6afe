/** One event: which endpoints got it, which did not, and why. */
import { Badge, Group, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { eventQuery, functionQuery } from "../api/queries.ts";
import type { Result } from "../api/types.ts";
import { CodeBlock, CopyText, Id } from "../components/code.tsx";
import { MiddleEllipsis } from "../components/middle-ellipsis.tsx";
import { Sentence } from "../components/sentence.tsx";
import { Facts } from "../components/facts.tsx";
import { Page, Section, TextLink } from "../components/page.tsx";
import { Empty, Failure, Loading } from "../components/states.tsx";
import { Time } from "../components/time.tsx";
import { destinationOf } from "../copy/destination.ts";

type Explanation = Result<"explain">[number];

const colors: Readonly<Record<string, string>> = {
  delivered: "green",
  in_flight: "blue",
  waiting: "orange",
  failed: "red",
};

export function EventPage() {
  const { orgId, eventId } = useParams({ from: "/shell/orgs/$orgId/events/$eventId" });
  const event = useQuery(eventQuery(eventId));
  const explained = useQuery(functionQuery("explain", { event_id: eventId }));
  const back = (
    <TextLink to="/orgs/$orgId/deliveries" params={{ orgId }}>
      Deliveries
    </TextLink>
  );
  return (
    <Page title={event.data?.event_type ?? "Event"} back={back}>
      {event.isPending ? <Loading /> : null}
      {event.error === null ? null : (
        <Failure error={event.error} onRetry={() => void event.refetch()} />
      )}
      {event.data === undefined ? null : (
        <Facts
          facts={[
            ["Time of the event", <Time key="at" at={event.data.timestamp} />],
            ["Published", <Time key="published" at={event.data.created_at} />],
            ["Event id", <Id key="id" value={event.data.id} what="the event's id" />],
            event.data.external_id === null
              ? null
              : ["Your ID", <Id key="yours" value={event.data.external_id} what="your id" />],
            event.data.channels === null ? null : ["Channels", namesOf(event.data.channels)],
            event.data.tags === null ? null : ["Tags", namesOf(event.data.tags)],
            ["Matching endpoints", endpointsOf(event.data)],
          ]}
        />
      )}
      <Section title="Result at each endpoint">
        {explained.error === null ? null : <Failure error={explained.error} />}
        {explained.data?.length === 0 ? (
          <Empty title="No endpoint">The org had no endpoint at that time.</Empty>
        ) : null}
        {explained.data !== undefined && explained.data.length > 0 ? (
          <Explanations explanations={explained.data} orgId={orgId} />
        ) : null}
      </Section>
      {event.data === undefined ? null : (
        <Section title="Data">
          <CodeBlock text={JSON.stringify(event.data.data, null, 2)} label="The event's data" />
          <Group>
            <CopyText value={JSON.stringify(event.data.data)} label="Copy the data" />
          </Group>
        </Section>
      )}
    </Page>
  );
}

function namesOf(names: readonly string[]) {
  return (
    <span key="names" className="untrusted-text">
      {names.join(", ")}
    </span>
  );
}

/** If an org has many endpoints, its deliveries are created in the background. */
function endpointsOf(event: {
  readonly endpoints_matched: number;
  readonly endpoints_pending: number;
}): string {
  const { endpoints_matched: matched, endpoints_pending: pending } = event;
  return pending === 0 ? String(matched) : `${matched} (deliveries to ${pending} not created yet)`;
}

function Explanations(props: {
  readonly explanations: readonly Explanation[];
  readonly orgId: string;
}) {
  return (
    <Table verticalSpacing="sm" className="cards" layout="fixed" aria-label="Endpoints">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Endpoint</Table.Th>
          <Table.Th w={150}>Result</Table.Th>
          <Table.Th>Reason</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {props.explanations.map((each) => (
          <Table.Tr key={each.endpoint_id}>
            <Table.Td data-label="Endpoint">
              <MiddleEllipsis text={destinationOf(each)} />
            </Table.Td>
            <Table.Td data-label="Result">
              <Badge
                color={colors[each.verdict] ?? "gray"}
                variant="light"
                tt="none"
                className="badge"
              >
                {each.verdict.replaceAll("_", " ")}
              </Badge>
            </Table.Td>
            <Table.Td data-label="Reason">
              <Stack gap={2}>
                <Text size="sm" className="untrusted-text">
                  <Sentence text={each.reason} />
                </Text>
                {each.delivery_id === null ? null : (
                  <Text size="sm">
                    <TextLink
                      to="/orgs/$orgId/deliveries/$deliveryId"
                      params={{ orgId: props.orgId, deliveryId: each.delivery_id }}
                    >
                      Show delivery
                    </TextLink>
                  </Text>
                )}
              </Stack>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
