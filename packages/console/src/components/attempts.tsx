/** The attempts of a delivery: each with its outcome in words, its times, request and response. */
import { Accordion, Alert, Group, Stack, Table, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { functionQuery } from "../api/queries.ts";
import type { Attempt } from "../api/types.ts";
import { curlOf } from "../copy/curl.ts";
import { outcomeOf } from "../copy/failures.ts";
import { prettyJson } from "../copy/json.ts";
import { CodeBlock, CopyText } from "./code.tsx";
import { Failure, Loading } from "./states.tsx";
import { duration, Time } from "./time.tsx";
import { TimingBar } from "./timing-bar.tsx";

export function AttemptList({ attempts }: { readonly attempts: readonly Attempt[] }) {
  const [opened, setOpened] = useState<string | null>(null);
  const newest = attempts[0];
  if (newest === undefined) return null;
  return (
    <Accordion
      variant="separated"
      value={opened ?? newest.id}
      onChange={(value) => setOpened(value ?? "none")}
    >
      {attempts.map((attempt) => (
        <Accordion.Item key={attempt.id} value={attempt.id}>
          <Accordion.Control>
            <Group justify="space-between" wrap="wrap" gap="xs" pr="sm">
              <Text fw={600} size="sm">
                {attempt.number}. {outcomeOf(attempt).title}
              </Text>
              <Text size="sm" c="dimmed">
                <Time at={attempt.attempted_at} /> · {duration(attempt.duration_ms)}
                {attempt.trigger === "manual" ? " · by hand" : ""}
              </Text>
            </Group>
          </Accordion.Control>
          <Accordion.Panel>
            {(opened ?? newest.id) === attempt.id ? <AttemptDetails attempt={attempt} /> : null}
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

function AttemptDetails({ attempt }: { readonly attempt: Attempt }) {
  const outcome = outcomeOf(attempt);
  const isFine = attempt.succeeded;
  return (
    <Stack>
      {isFine ? null : (
        <Alert color="red" variant="light" title={outcome.meaning}>
          <Stack gap={4}>
            {outcome.advice === null ? null : <Text size="sm">{outcome.advice}</Text>}
            {attempt.error_message === null ? null : (
              <Text size="sm" className="mono untrusted-text">
                {attempt.error_message}
              </Text>
            )}
          </Stack>
        </Alert>
      )}
      <TimingBar attempt={attempt} />
      {attempt.resent ? (
        <Text size="sm">
          The receiver closed a kept connection before it answered. The request was sent again on a
          new one.
        </Text>
      ) : null}
      <Tabs defaultValue="response" keepMounted={false}>
        <Tabs.List aria-label="Exchange">
          <Tabs.Tab value="response">Response</Tabs.Tab>
          <Tabs.Tab value="request">Request</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="response" pt="sm">
          <ResponseDetails attempt={attempt} />
        </Tabs.Panel>
        <Tabs.Panel value="request" pt="sm">
          <RequestDetails attemptId={attempt.id} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function ResponseDetails({ attempt }: { readonly attempt: Attempt }) {
  if (attempt.response_status === null) {
    return <Text size="sm">No response came. {attempt.error_message ?? ""}</Text>;
  }
  const headers = Object.entries(Object(attempt.response_headers) as Record<string, string>);
  return (
    <Stack gap="sm">
      <Text size="sm">
        Status {attempt.response_status}
        {attempt.remote_address === null ? "" : `, from ${attempt.remote_address}`}
      </Text>
      <HeaderTable
        label="Response headers"
        headers={headers.map(([name, value]) => ({ name, value }))}
      />
      {attempt.response_body === null ? (
        <Text size="sm">The body was empty.</Text>
      ) : (
        <CodeBlock text={prettyJson(attempt.response_body)} label="Response body" />
      )}
      {attempt.response_body_cut ? (
        <Text size="xs" c="dimmed">
          Only the beginning of the body is kept.
        </Text>
      ) : null}
    </Stack>
  );
}

function RequestDetails({ attemptId }: { readonly attemptId: string }) {
  const sent = useQuery(functionQuery("sent_request", { attempt_id: attemptId }));
  if (sent.error !== null) {
    return <Failure error={sent.error} onRetry={() => void sent.refetch()} />;
  }
  if (sent.data === undefined) return <Loading rows={4} />;
  const { method, url, body, note } = sent.data;
  const headers = sent.data.headers as readonly { name: string; value: string }[];
  return (
    <Stack gap="sm">
      {note === null ? null : (
        <Alert color="yellow" variant="light">
          {note}
        </Alert>
      )}
      <Text size="sm" className="mono untrusted-text">
        {method} {url ?? "(no longer known)"}
      </Text>
      <HeaderTable label="Request headers" headers={headers} />
      {body === null ? null : <CodeBlock text={prettyJson(body)} label="Request body" />}
      <Group gap="xs">
        {url === null ? null : (
          <CopyText value={curlOf({ method, url, headers, body })} label="Copy as curl" />
        )}
        {body === null ? null : <CopyText value={body} label="Copy the exact body" />}
      </Group>
    </Stack>
  );
}

function HeaderTable(props: {
  readonly label: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}) {
  return (
    <Table.ScrollContainer minWidth={320}>
      <Table aria-label={props.label} withTableBorder verticalSpacing={4}>
        <Table.Tbody>
          {props.headers.map(({ name, value }, index) => (
            // A header may appear twice.
            // oxlint-disable-next-line react/no-array-index-key
            <Table.Tr key={`${name} ${index}`}>
              <Table.Th w="35%" className="mono untrusted-text" scope="row">
                {name}
              </Table.Th>
              <Table.Td className="mono untrusted-text">{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
