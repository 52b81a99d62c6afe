/** One endpoint: its deliveries, verification code, replays and settings. */
import { Group, Paper, Stack, Switch, Tabs, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { updateRow } from "../api/client.ts";
import { useMayChange } from "../api/context.tsx";
import { isNotFound } from "../api/errors.ts";
import { deletedEndpointQuery, endpointQuery } from "../api/queries.ts";
import type { Endpoint } from "../api/types.ts";
import { Id } from "../components/code.tsx";
import { DeliveryList } from "../components/delivery-list.tsx";
import { FailedAttempts } from "../components/failed-attempts.tsx";
import { EndpointTrouble } from "../components/endpoint-trouble.tsx";
import { EndpointSettings } from "../components/endpoint-settings.tsx";
import { Page, Section, TextLink } from "../components/page.tsx";
import { Replays } from "../components/replays.tsx";
import { RotateSecret, RotationUnderWay } from "../components/rotate-secret.tsx";
import { SendTest } from "../components/send-test.tsx";
import { VerifySnippets } from "../components/snippets.tsx";
import { Failure, Loading } from "../components/states.tsx";
import { EndpointStatus, TerminalStatus } from "../components/status.tsx";
import { endpointTabs, type EndpointTab } from "../search.ts";
import { destinationOf } from "../copy/destination.ts";
import { DeletedEndpointPage } from "./deleted-endpoint.tsx";

const tabLabels: Readonly<Record<EndpointTab, string>> = {
  deliveries: "Deliveries",
  attempts: "Failed attempts",
  verify: "Secret and test",
  replay: "Replay",
  settings: "Settings",
};

export function EndpointPage() {
  const { orgId, endpointId } = useParams({ from: "/shell/orgs/$orgId/endpoints/$endpointId" });
  const endpoint = useQuery(endpointQuery(endpointId));
  // It may be deleted while the page is open.
  const isGone = isNotFound(endpoint.error);
  const deleted = useQuery({ ...deletedEndpointQuery(endpointId), enabled: isGone });
  const back = (
    <TextLink to="/orgs/$orgId/endpoints" params={{ orgId }}>
      Endpoints
    </TextLink>
  );
  if (isGone && deleted.data?.org_id === orgId) {
    return <DeletedEndpointPage endpoint={deleted.data} back={back} />;
  }
  if (endpoint.data === undefined) {
    return (
      <Page title="Endpoint" back={back}>
        {endpoint.error === null || (isGone && deleted.isPending) ? (
          <Loading />
        ) : (
          <Failure error={endpoint.error} onRetry={() => void endpoint.refetch()} />
        )}
      </Page>
    );
  }
  const { description, is_active, failing_since } = endpoint.data;
  return (
    <Page
      title={destinationOf(endpoint.data)}
      isUrl
      back={back}
      lead={description === "" ? undefined : <span className="untrusted-text">{description}</span>}
      aside={
        <>
          <EndpointStatus isActive={is_active} failingSince={failing_since} />
          <TerminalStatus isConnected={endpoint.data.is_connected} />
        </>
      }
      actions={<ActiveSwitch endpoint={endpoint.data} />}
    >
      <EndpointTrouble endpoint={endpoint.data} />
      <EndpointTabs endpoint={endpoint.data} orgId={orgId} />
    </Page>
  );
}

function ActiveSwitch({ endpoint }: { readonly endpoint: Endpoint }) {
  const queryClient = useQueryClient();
  const mayChange = useMayChange();
  const turn = useMutation({
    mutationFn: (isActive: boolean) =>
      updateRow("webhook_endpoints", ["id", endpoint.id], { is_active: isActive }),
    onSettled: () => queryClient.invalidateQueries(),
  });
  return (
    <Stack gap={4}>
      <Switch
        label="Active"
        checked={turn.isPending ? turn.variables : endpoint.is_active}
        disabled={!mayChange}
        onChange={(event) => turn.mutate(event.currentTarget.checked)}
      />
      {turn.error === null ? null : <Failure error={turn.error} />}
    </Stack>
  );
}

function EndpointTabs(props: { readonly endpoint: Endpoint; readonly orgId: string }) {
  const { endpoint, orgId } = props;
  const { tab = "deliveries", since } = useSearch({
    from: "/shell/orgs/$orgId/endpoints/$endpointId",
  });
  const navigate = useNavigate();
  const go = (value: string | null): void => {
    const next = endpointTabs.find((each) => each === value);
    void navigate({
      to: "/orgs/$orgId/endpoints/$endpointId",
      params: { orgId, endpointId: endpoint.id },
      search: next === undefined || next === "deliveries" ? {} : { tab: next },
    });
  };
  return (
    <Tabs value={tab} onChange={go} keepMounted={false}>
      <Tabs.List mb="md" aria-label="Parts of the endpoint">
        {endpointTabs.map((each) => (
          <Tabs.Tab key={each} value={each}>
            {tabLabels[each]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="deliveries">
        <DeliveryList filter={{ orgId, endpoint: endpoint.id }} />
      </Tabs.Panel>
      <Tabs.Panel value="attempts">
        <FailedAttempts endpointId={endpoint.id} since={since} />
      </Tabs.Panel>
      <Tabs.Panel value="verify">
        <VerifyTab endpoint={endpoint} orgId={orgId} />
      </Tabs.Panel>
      <Tabs.Panel value="replay">
        <Replays endpoint={endpoint} orgId={orgId} />
      </Tabs.Panel>
      <Tabs.Panel value="settings">
        <EndpointSettings endpoint={endpoint} orgId={orgId} />
      </Tabs.Panel>
    </Tabs>
  );
}

function VerifyTab(props: { readonly endpoint: Endpoint; readonly orgId: string }) {
  const { endpoint, orgId } = props;
  const mayChange = useMayChange();
  return (
    <Stack gap="xl" maw={820}>
      <Section title="Secret">
        <Text size="sm">
          Deliveries are signed with a secret that was shown when it was created. Rotate it if it is
          lost, or if someone else may know it.
        </Text>
        <RotationUnderWay endpoint={endpoint} mayChange={mayChange} />
        <Group>{mayChange ? <RotateSecret endpoint={endpoint} /> : null}</Group>
      </Section>
      {mayChange ? (
        <Section title="Send a test event">
          <Paper withBorder p="md">
            <SendTest endpointId={endpoint.id} orgId={orgId} events={endpoint.events} />
          </Paper>
        </Section>
      ) : null}
      <Section title="Verify what arrives">
        <VerifySnippets contract={endpoint.contract} />
      </Section>
      <Section title="For calls of the API">
        <Id value={endpoint.id} what="the endpoint's id" />
      </Section>
    </Stack>
  );
}
