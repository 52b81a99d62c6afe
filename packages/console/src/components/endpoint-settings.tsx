/** Changes and deletes an endpoint. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useBlocker, useNavigate } from "@tanstack/react-router";
import { deleteRow, updateRow } from "../api/client.ts";
import { useMayChange } from "../api/context.tsx";
import { toApiError } from "../api/errors.ts";
import type { Endpoint } from "../api/types.ts";
import { ConfirmButton } from "./confirm.tsx";
import { EndpointFields } from "./endpoint-form.tsx";
import {
  fieldsOf,
  formErrors,
  validate,
  valuesOf,
  type EndpointValues,
} from "./endpoint-values.ts";
import { Section } from "./page.tsx";
import { PauseEndpoint } from "./pause-endpoint.tsx";
import { Failure } from "./states.tsx";
import { destinationOf } from "../copy/destination.ts";

export function EndpointSettings(props: { readonly endpoint: Endpoint; readonly orgId: string }) {
  const mayChange = useMayChange();
  return (
    <Stack gap="xl" maw={720}>
      <SettingsForm endpoint={props.endpoint} orgId={props.orgId} />
      {mayChange ? <PauseEndpoint endpoint={props.endpoint} /> : null}
      {mayChange ? <DeleteEndpoint endpoint={props.endpoint} orgId={props.orgId} /> : null}
    </Stack>
  );
}

function SettingsForm({ endpoint, orgId }: Parameters<typeof EndpointSettings>[0]) {
  const queryClient = useQueryClient();
  const mayChange = useMayChange();
  const form = useForm<EndpointValues>({ initialValues: valuesOf(endpoint), validate });
  const save = useMutation({
    mutationFn: (values: EndpointValues) =>
      updateRow("webhook_endpoints", ["id", endpoint.id], fieldsOf(values)),
    onSuccess: async (_, values) => {
      form.resetDirty(values);
      notifications.show({ message: "Saved.", color: "green" });
      await queryClient.invalidateQueries({ queryKey: ["endpoint", endpoint.id] });
      await queryClient.invalidateQueries({ queryKey: ["endpoints"] });
    },
    onError: (error) => form.setErrors(formErrors(toApiError(error)) ?? {}),
  });
  useBlocker({
    shouldBlockFn: () =>
      form.isDirty() && !window.confirm("Your changes are not saved. Leave this page?"),
    enableBeforeUnload: () => form.isDirty(),
  });
  const isElsewhere = save.error !== null && formErrors(toApiError(save.error)) === null;
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
      <Stack>
        <fieldset disabled={!mayChange} style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}>
          <EndpointFields form={form} orgId={orgId} />
        </fieldset>
        {isElsewhere ? <Failure error={save.error} /> : null}
        {mayChange ? (
          <Group>
            <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
              Save
            </Button>
          </Group>
        ) : (
          <Text size="sm">You may look at these settings, and not change them.</Text>
        )}
      </Stack>
    </form>
  );
}

function DeleteEndpoint(props: { readonly endpoint: Endpoint; readonly orgId: string }) {
  const { endpoint, orgId } = props;
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return (
    <Section title="Delete">
      <Text size="sm">
        Deliveries that wait are cancelled. To stop for a while only, pause the endpoint instead.
      </Text>
      <Group>
        <ConfirmButton
          label="Delete endpoint"
          title="Delete this endpoint?"
          color="red"
          variant="outline"
          action={() => deleteRow("webhook_endpoints", ["id", endpoint.id])}
          onDone={() => {
            void queryClient.invalidateQueries({ queryKey: ["endpoints"] });
            void navigate({ to: "/orgs/$orgId/endpoints", params: { orgId } });
          }}
        >
          <span className="untrusted-text">{destinationOf(endpoint)}</span> gets nothing more, and
          what waits for it is cancelled. This cannot be undone.
        </ConfirmButton>
      </Group>
    </Section>
  );
}
