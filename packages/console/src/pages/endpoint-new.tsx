/** Creates an endpoint: its fields, then its secret, verification code, and a test event. */
import { Alert, Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { insertRow } from "../api/client.ts";
import { toApiError } from "../api/errors.ts";
import type { CreatedRow } from "../api/types.ts";
import { EndpointFields } from "../components/endpoint-form.tsx";
import {
  fieldsOf,
  formErrors,
  newEndpointValues,
  validate,
  type EndpointValues,
} from "../components/endpoint-values.ts";
import { Page, Section, TextLink } from "../components/page.tsx";
import { LinkButton } from "../components/router-button.tsx";
import { SecretsShownOnce, secretsOf } from "../components/secret.tsx";
import { SendTest } from "../components/send-test.tsx";
import { Failure } from "../components/states.tsx";
import { VerifySnippets } from "../components/snippets.tsx";

export function NewEndpointPage() {
  const { orgId } = useParams({ from: "/shell/orgs/$orgId/endpoints/new" });
  const queryClient = useQueryClient();
  const form = useForm<EndpointValues>({ initialValues: newEndpointValues, validate });
  const create = useMutation({
    mutationFn: (values: EndpointValues) =>
      insertRow("webhook_endpoints", { org_id: orgId, ...fieldsOf(values) }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["endpoints", orgId] }),
    onError: (error) => form.setErrors(formErrors(toApiError(error)) ?? {}),
  });
  if (create.data !== undefined) return <Created endpoint={create.data} orgId={orgId} />;
  const isElsewhere = create.error !== null && formErrors(toApiError(create.error)) === null;
  return (
    <Page title="Add endpoint" back={<Back orgId={orgId} />}>
      <form onSubmit={form.onSubmit((values) => create.mutate(values))} noValidate>
        <Stack maw={720}>
          <EndpointFields form={form} orgId={orgId} />
          {isElsewhere ? <Failure error={create.error} /> : null}
          <Group>
            <Button type="submit" loading={create.isPending}>
              Add endpoint
            </Button>
            <LinkButton to="/orgs/$orgId/endpoints" params={{ orgId }} variant="default">
              Cancel
            </LinkButton>
          </Group>
        </Stack>
      </form>
    </Page>
  );
}

function Back({ orgId }: { readonly orgId: string }) {
  return (
    <TextLink to="/orgs/$orgId/endpoints" params={{ orgId }}>
      Endpoints
    </TextLink>
  );
}

function Created(props: {
  readonly endpoint: CreatedRow<"webhook_endpoints">;
  readonly orgId: string;
}) {
  const { endpoint, orgId } = props;
  return (
    <Page title="Endpoint added" back={<Back orgId={orgId} />}>
      <Stack gap="xl" maw={820}>
        <Alert color="green" variant="light" role="status">
          <Text className="untrusted-text">Events are now sent to {endpoint.url}</Text>
        </Alert>
        <Section title="1. Keep the secret">
          <SecretsShownOnce secrets={secretsOf(endpoint)} warning={endpoint.secret_warning} />
        </Section>
        <Section title="2. Verify what arrives">
          <VerifySnippets contract={endpoint.contract} />
        </Section>
        <Section title="3. Send a test event">
          <Paper withBorder p="md">
            <SendTest endpointId={endpoint.id} orgId={orgId} events={endpoint.events} />
          </Paper>
        </Section>
        <Group>
          <LinkButton
            to="/orgs/$orgId/endpoints/$endpointId"
            params={{ orgId, endpointId: endpoint.id }}
          >
            Go to the endpoint
          </LinkButton>
        </Group>
      </Stack>
    </Page>
  );
}
