/**
 * Why an endpoint is off, the events that it missed, and how to turn it on; before that, a warning
 * that it is failing.
 */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { callFunction, updateRow } from "../api/client.ts";
import { useMayChange } from "../api/context.tsx";
import type { Endpoint } from "../api/types.ts";
import { Failure } from "./states.tsx";
import { Time } from "./time.tsx";

export function EndpointTrouble({ endpoint }: { readonly endpoint: Endpoint }) {
  if (!endpoint.is_active) return <Off endpoint={endpoint} />;
  if (endpoint.failing_since === null) return null;
  return (
    <Alert color="orange" variant="light" title="Every attempt fails">
      Nothing has arrived since <Time at={endpoint.failing_since} />. What fails is tried again; if
      it goes on like this, the endpoint is turned off and its deliveries are held.
    </Alert>
  );
}

function Off({ endpoint }: { readonly endpoint: Endpoint }) {
  const { id, inactive_since: since, inactive_reason: reason } = endpoint;
  const queryClient = useQueryClient();
  const mayChange = useMayChange();
  const missedSince = since === null ? {} : { since: minuteBefore(since) };
  const missed = useQuery({
    queryKey: ["missed", id, since],
    queryFn: ({ signal }) =>
      callFunction(
        "replay",
        { endpoint_id: id, status: "missed", ...missedSince, dry_run: true },
        signal,
      ),
    enabled: mayChange,
  });
  const turnOn = useMutation({
    mutationFn: async () => {
      await updateRow("webhook_endpoints", ["id", id], { is_active: true });
      await callFunction("replay", { endpoint_id: id, status: "missed", ...missedSince });
    },
    onSettled: () => queryClient.invalidateQueries(),
  });
  const total = missed.data?.total;
  return (
    <Alert color="yellow" variant="light" title="Nothing is sent to it now">
      <Stack gap="sm">
        <Text size="sm">
          {reason}{" "}
          {since === null ? null : (
            <>
              It is off since <Time at={since} />.{" "}
            </>
          )}
          What was waiting is held and goes on when it is turned on again.
        </Text>
        {total === undefined ? null : (
          <Text size="sm">
            {total?.toLocaleString() ?? "Very many"} {total === 1 ? "event" : "events"} missed
            meanwhile.
          </Text>
        )}
        {turnOn.error === null ? null : <Failure error={turnOn.error} />}
        {mayChange ? (
          <Group>
            <Button onClick={() => turnOn.mutate()} loading={turnOn.isPending}>
              Turn on and replay what it missed
            </Button>
          </Group>
        ) : null}
      </Stack>
    </Alert>
  );
}

/** Events that were just being stored when it was turned off count as missed, too. */
function minuteBefore(time: string): string {
  return new Date(Date.parse(time) - 60_000).toISOString();
}
