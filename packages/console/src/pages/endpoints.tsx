/** An org's endpoints. */
import { Badge, Group, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useMayChange } from "../api/context.tsx";
import { endpointsQuery } from "../api/queries.ts";
import type { Endpoint } from "../api/types.ts";
import { MiddleEllipsis } from "../components/middle-ellipsis.tsx";
import { Page, TextLink } from "../components/page.tsx";
import { LinkButton } from "../components/router-button.tsx";
import { Empty, Failure, Loading } from "../components/states.tsx";
import { EndpointStatus, TerminalStatus } from "../components/status.tsx";
import { Time } from "../components/time.tsx";
import { destinationOf } from "../copy/destination.ts";

export function EndpointsPage() {
  const { orgId } = useParams({ from: "/shell/orgs/$orgId/endpoints" });
  const mayChange = useMayChange();
  const endpoints = useQuery(endpointsQuery(orgId));
  const add = (
    <LinkButton to="/orgs/$orgId/endpoints/new" params={{ orgId }}>
      Add endpoint
    </LinkButton>
  );
  return (
    <Page
      title="Endpoints"
      lead="The URLs that events are sent to. Each endpoint has its own signing secret."
      actions={mayChange ? add : null}
    >
      {endpoints.isPending ? <Loading /> : null}
      {endpoints.error === null ? null : (
        <Failure error={endpoints.error} onRetry={() => void endpoints.refetch()} />
      )}
      {endpoints.data?.length === 0 ? (
        <Empty title="No endpoint yet" action={mayChange ? add : null}>
          Add the URL of your server, choose its event types, and send it a test event.
        </Empty>
      ) : null}
      {endpoints.data !== undefined && endpoints.data.length > 0 ? (
        <EndpointTable endpoints={endpoints.data} orgId={orgId} />
      ) : null}
    </Page>
  );
}

function EndpointTable(props: { readonly endpoints: readonly Endpoint[]; readonly orgId: string }) {
  return (
    <Table verticalSpacing="sm" className="cards" layout="fixed" aria-label="Endpoints">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>URL</Table.Th>
          <Table.Th w="28%">Events</Table.Th>
          <Table.Th w="22%">State</Table.Th>
          <Table.Th w={190}>Created</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {props.endpoints.map((endpoint) => (
          <Table.Tr key={endpoint.id} className="row-link">
            <Table.Td data-label="URL">
              <Stack gap={2}>
                <TextLink
                  to="/orgs/$orgId/endpoints/$endpointId"
                  params={{ orgId: props.orgId, endpointId: endpoint.id }}
                >
                  <MiddleEllipsis text={destinationOf(endpoint)} />
                </TextLink>
                <Text size="sm" c="dimmed" className="untrusted-text">
                  {endpoint.description}
                </Text>
              </Stack>
            </Table.Td>
            <Table.Td data-label="Events">
              <EventTypes events={endpoint.events} />
            </Table.Td>
            <Table.Td data-label="State">
              <Stack gap={2} align="flex-start">
                <EndpointStatus
                  isActive={endpoint.is_active}
                  failingSince={endpoint.failing_since}
                />
                <TerminalStatus isConnected={endpoint.is_connected} />
                {endpoint.inactive_since === null ? null : (
                  <Text size="sm" c="dimmed">
                    since <Time at={endpoint.inactive_since} />. {endpoint.inactive_reason}
                  </Text>
                )}
              </Stack>
            </Table.Td>
            <Table.Td data-label="Created">
              <Time at={endpoint.created_at} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

const shownMax = 3;

export function EventTypes({ events }: { readonly events: readonly string[] | null }) {
  if (events === null) return <Text size="sm">All</Text>;
  return (
    <Group gap={4}>
      {events.slice(0, shownMax).map((name) => (
        <Badge
          key={name}
          variant="outline"
          color="gray"
          tt="none"
          className="untrusted-text"
          c="inherit"
        >
          {name}
        </Badge>
      ))}
      {events.length > shownMax ? <Text size="sm">and {events.length - shownMax} more</Text> : null}
    </Group>
  );
}
