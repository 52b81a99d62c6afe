/** The attempts at an endpoint that failed: what the overview counts. */
import { Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { failedAttemptsQuery } from "../api/queries.ts";
import type { Attempt } from "../api/types.ts";
import { outcomeOf } from "../copy/failures.ts";
import { counted } from "../copy/numbers.ts";
import { TextLink } from "./page.tsx";
import { Empty, Failure, Loading, ShowMore } from "./states.tsx";
import { duration, shortTime, Time } from "./time.tsx";

/** @param props.since undefined for all that are kept. */
export function FailedAttempts(props: {
  readonly endpointId: string;
  readonly since: string | undefined;
}) {
  const { endpointId, since } = props;
  const query = useInfiniteQuery(failedAttemptsQuery(endpointId, since));
  const attempts = query.data?.pages.flat() ?? [];
  const range = since === undefined ? "" : ` since ${shortTime(since)}`;
  if (query.isPending) return <Loading />;
  if (query.error !== null) {
    return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (attempts.length === 0) return <Empty title={`No failed attempts${range}`} />;
  return (
    <Stack gap="sm">
      <Text size="sm" role="status">
        {counted(attempts.length, "failed attempt")}
        {range}
        {query.hasNextPage ? ", so far" : ""}
      </Text>
      <Table className="cards" layout="fixed" aria-label="Failed attempts">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={190}>Time</Table.Th>
            <Table.Th>Outcome</Table.Th>
            <Table.Th w={100}>Duration</Table.Th>
            <Table.Th w={150}>Delivery</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {attempts.map((attempt) => (
            <AttemptRow key={attempt.id} attempt={attempt} />
          ))}
        </Table.Tbody>
      </Table>
      <ShowMore query={query} />
    </Stack>
  );
}

function AttemptRow({ attempt }: { readonly attempt: Attempt }) {
  return (
    <Table.Tr>
      <Table.Td data-label="Time">
        <Time at={attempt.attempted_at} />
      </Table.Td>
      <Table.Td data-label="Outcome">
        <Text size="sm">{outcomeOf(attempt).title}</Text>
        {attempt.error_message === null ? null : (
          <Text size="xs" c="dimmed" className="untrusted-text">
            {attempt.error_message}
          </Text>
        )}
      </Table.Td>
      <Table.Td data-label="Duration">{duration(attempt.duration_ms)}</Table.Td>
      <Table.Td data-label="Delivery">
        <TextLink
          to="/orgs/$orgId/deliveries/$deliveryId"
          params={{ orgId: attempt.org_id, deliveryId: attempt.delivery_id }}
        >
          Attempt {attempt.number}
        </TextLink>
      </Table.Td>
    </Table.Tr>
  );
}
