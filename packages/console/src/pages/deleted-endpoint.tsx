/** The read-only page of a deleted endpoint: its deliveries, and the facts that the audit keeps. */
import { Alert, Tabs } from "@mantine/core";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { DeletedEndpoint } from "../api/queries.ts";
import { DeliveryList } from "../components/delivery-list.tsx";
import { FailedAttempts } from "../components/failed-attempts.tsx";
import { Page } from "../components/page.tsx";
import { EndpointStatus } from "../components/status.tsx";
import { Time } from "../components/time.tsx";
import { destinationOf } from "../copy/destination.ts";

export function DeletedEndpointPage(props: {
  readonly endpoint: DeletedEndpoint;
  readonly back: ReactNode;
}) {
  const { endpoint, back } = props;
  const { orgId, endpointId } = useParams({ from: "/shell/orgs/$orgId/endpoints/$endpointId" });
  const { tab, since } = useSearch({ from: "/shell/orgs/$orgId/endpoints/$endpointId" });
  const navigate = useNavigate();
  const go = (value: string | null): void =>
    void navigate({
      to: "/orgs/$orgId/endpoints/$endpointId",
      params: { orgId, endpointId },
      search: value === "attempts" ? { tab: value } : {},
    });
  return (
    <Page
      title={destinationOf(endpoint)}
      isUrl
      back={back}
      lead={
        endpoint.description === "" ? undefined : (
          <span className="untrusted-text">{endpoint.description}</span>
        )
      }
      aside={<EndpointStatus isActive={false} isDeleted />}
    >
      <Alert color="gray" variant="light" title="This endpoint was deleted">
        It was deleted on <Time at={endpoint.deleted_at} />. Posthorn no longer sends anything to
        it, and its deliveries cannot be retried.
      </Alert>
      <Tabs value={tab === "attempts" ? tab : "deliveries"} onChange={go} keepMounted={false}>
        <Tabs.List mb="md" aria-label="Parts of the endpoint">
          <Tabs.Tab value="deliveries">Deliveries</Tabs.Tab>
          <Tabs.Tab value="attempts">Failed attempts</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="deliveries">
          <DeliveryList filter={{ orgId, endpoint: endpointId }} />
        </Tabs.Panel>
        <Tabs.Panel value="attempts">
          <FailedAttempts endpointId={endpointId} since={since} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
