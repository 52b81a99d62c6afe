/** States of a page's content: loading, empty, an error, more to load. */
import { Alert, Button, Center, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useTimeout } from "@mantine/hooks";
import { CircleAlert } from "lucide-react";
import { useState, type ReactNode } from "react";
import { toApiError } from "../api/errors.ts";
import { Sentence } from "./sentence.tsx";

const slowMs = 4_000;

/** @param rows the expected number of rows, so that the layout does not jump. */
export function Loading({ rows = 6, label = "Loading" }: { rows?: number; label?: string }) {
  const [isSlow, setIsSlow] = useState(false);
  useTimeout(() => setIsSlow(true), slowMs, { autoInvoke: true });
  return (
    <Stack gap="sm" role="status" aria-label={label} aria-busy>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={28} radius="sm" />
      ))}
      {isSlow ? <Text size="sm">This takes longer than usual. Still waiting.</Text> : null}
    </Stack>
  );
}

export function Empty(props: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <Stack align="center" gap="xs" py="xl" ta="center">
      <Title order={2} size="h4">
        {props.title}
      </Title>
      {props.children === undefined ? null : (
        <Text c="dimmed" maw={520}>
          {props.children}
        </Text>
      )}
      {props.action}
    </Stack>
  );
}

/** Shows an API error with its own text, and a retry button if a retry makes sense. */
export function Failure(props: { readonly error: unknown; readonly onRetry?: () => void }) {
  const error = toApiError(props.error);
  return (
    <Alert color="red" variant="light" icon={<CircleAlert size={18} aria-hidden />} role="alert">
      <Stack gap={6}>
        <Text fw={600} className="untrusted-text">
          <Sentence text={error.message} />
        </Text>
        {error.hint === null ? null : (
          <Text size="sm">
            <Sentence text={error.hint} />
          </Text>
        )}
        <Group gap="md">
          {props.onRetry === undefined ? null : (
            <Button size="compact-sm" variant="default" onClick={props.onRetry}>
              Try again
            </Button>
          )}
          <Text size="xs" className="mono">
            {error.code}
          </Text>
        </Group>
      </Stack>
    </Alert>
  );
}

/** A button that loads the next page of a list; nothing if there is none. */
export function ShowMore(props: {
  readonly query: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    fetchNextPage(): Promise<unknown>;
  };
}) {
  const { query } = props;
  if (!query.hasNextPage) return null;
  return (
    <Center>
      <Button
        variant="default"
        onClick={() => void query.fetchNextPage()}
        loading={query.isFetchingNextPage}
      >
        Show more
      </Button>
    </Center>
  );
}
