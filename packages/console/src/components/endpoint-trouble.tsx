/**
 * Shows why an endpoint is off, which events it missed, and how to turn it on. Before that, warns
 * that the endpoint is failing.
 */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { callFunction, updateRow } from "../api/client.ts";
import { useMayChange } from "../api/context.tsx";
import type { Endpoint } from "../api/types.ts";
import { counted } from "../copy/numbers.ts";
import { isPaused, Paused } from "./pause-endpoint.tsx";
import { Failure } from "./states.tsx";
import { Time } from "./time.tsx";

export function EndpointTrouble({ endpoint }: { readonly endpoint: Endpoint }) {
  if (!endpoint.is_active) return <Off endpoint={endpoint} />;
  if (isPaused(endpoint)) return <Paused endpoint={endpoint} />;
  if (endpoint.failing_since === null) return null;
  return (
    <Alert color="orange" variant="light" title="Every attempt fails">
      No attempt has succeeded since <Time at={endpoint.failing_since} />. Posthorn retries failed
      deliveries. If every attempt keeps failing, it turns the endpoint off and holds its
      deliveries.
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
    <Alert color="yellow" variant="light" title="This endpoint is off">
      <Stack gap="sm">
        <Text size="sm">
          {reason}{" "}
          {since === null ? null : (
            <>
              Off since <Time at={since} />.{" "}
            </>
          )}
          Pending deliveries are held until it is turned on again.
        </Text>
        {total === undefined ? null : (
          <Text size="sm">
            It missed {total === null ? "very many events" : counted(total, "event")} since then.
          </Text>
        )}
        {turnOn.error === null ? null : <Failure error={turnOn.error} />}
        {mayChange ? (
          <Group>
            <Button onClick={() => turnOn.mutate()} loading={turnOn.isPending}>
              Turn on and replay missed events
            </Button>
          </Group>
        ) : null}
      </Stack>
    </Alert>
  );
}

/**
 * Starts a minute earlier, because events that were being stored when the endpoint was turned off
 * count as missed.
 */
function minuteBefore(time: string): string {
  return new Date(Date.parse(time) - 60_000).toISOString();
}
