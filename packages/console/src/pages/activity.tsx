/** The audit log of one org, or of all. */
import { Code, Stack, Table, Text } from "@mantine/core";
import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { from, rowsOf } from "../api/client.ts";
import type { Row } from "../api/types.ts";
import { MiddleEllipsis } from "../components/middle-ellipsis.tsx";
import { Page } from "../components/page.tsx";
import { Empty, Failure, Loading, ShowMore } from "../components/states.tsx";
import { Sentence } from "../components/sentence.tsx";
import { Time } from "../components/time.tsx";

type Entry = Row<"webhook_audit">;

const pageRows = 100;

const auditQuery = (orgId: string | null) =>
  infiniteQueryOptions({
    queryKey: ["audit", orgId],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const request = from("webhook_audit").select("*");
      if (orgId !== null) request.eq("org_id", orgId);
      if (pageParam !== null) request.lt("id", pageParam);
      return rowsOf<Entry>(
        request.order("created_at", { ascending: false }).limit(pageRows).abortSignal(signal),
      );
    },
    getNextPageParam: (last: Entry[]) => (last.length < pageRows ? undefined : last.at(-1)?.id),
  });

export function ActivityPage() {
  const { orgId } = useParams({ from: "/shell/orgs/$orgId/activity" });
  return (
    <Page
      title="Activity"
      lead="Changes to endpoints, keys and secrets, retries and replays, and who made them."
    >
      <Entries orgId={orgId} />
    </Page>
  );
}

export function AuditPage() {
  return (
    <Page
      title="Audit"
      lead="All changes in all orgs, and who made them. Entries cannot be changed."
    >
      <Entries orgId={null} />
    </Page>
  );
}

const actors: Readonly<Record<string, string>> = {
  admin: "Operator",
  api_key: "API key",
  portal_link: "Customer",
  jwt: "User",
  system: "Posthorn",
};

function Entries({ orgId }: { readonly orgId: string | null }) {
  const query = useInfiniteQuery(auditQuery(orgId));
  const entries = query.data?.pages.flat() ?? [];
  if (query.isPending) return <Loading />;
  if (query.error !== null) {
    return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (entries.length === 0) return <Empty title="Nothing yet" />;
  return (
    <>
      <Table verticalSpacing="xs" className="cards" layout="fixed" aria-label="Changes">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={190}>Time</Table.Th>
            <Table.Th w="18%">Actor</Table.Th>
            <Table.Th w="20%">Action</Table.Th>
            <Table.Th>Details</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((entry) => (
            <Table.Tr key={entry.id}>
              <Table.Td data-label="Time">
                <Time at={entry.created_at} />
              </Table.Td>
              <Table.Td data-label="Actor">
                <Text size="sm">{actors[entry.actor_kind] ?? entry.actor_kind}</Text>
                <Text size="xs" c="dimmed" className="untrusted-text">
                  {entry.actor_name}
                </Text>
              </Table.Td>
              <Table.Td data-label="Action">
                {entry.action.replace(".", " ").replaceAll("_", " ")}
              </Table.Td>
              <Table.Td data-label="Details">
                <Details entry={entry} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <ShowMore query={query} />
    </>
  );
}

function Details({ entry }: { readonly entry: Entry }) {
  const changes = Object.entries(Object(entry.changes) as Record<string, unknown>);
  return (
    <Stack gap={2}>
      <Text size="xs" className="mono untrusted-text">
        {entry.subject_kind} {entry.subject_id}
      </Text>
      {changes.map(([field, change]) => (
        <Change key={field} field={field} change={change} />
      ))}
    </Stack>
  );
}

function Change({ field, change }: { readonly field: string; readonly change: unknown }) {
  const { from: before, to: after } = Object(change) as { from?: unknown; to?: unknown };
  // A URL may have 2,048 characters.
  if (field === "url" && (isText(before) || isText(after))) {
    return (
      <>
        <UrlLine name="old URL" url={before} />
        <UrlLine name="new URL" url={after} />
      </>
    );
  }
  return (
    <Text size="xs" className="untrusted-text">
      {field}:{" "}
      <Code className="untrusted-text">
        <Sentence text={told(change)} />
      </Code>
    </Text>
  );
}

function UrlLine({ name, url }: { readonly name: string; readonly url: unknown }) {
  if (!isText(url)) return null;
  return (
    <Text size="xs" component="div" className="url-line">
      <span>{name}:</span>
      <Code component="div">
        <MiddleEllipsis text={url} />
      </Code>
    </Text>
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function told(change: unknown): string {
  const { from: before, to: after } = Object(change) as { from?: unknown; to?: unknown };
  if (before === undefined && after === undefined) return plain(change);
  return `${plain(before)} → ${plain(after)}`;
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
