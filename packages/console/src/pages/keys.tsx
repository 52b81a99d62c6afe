/** The API keys of an org, and those of the installation. */
import {
  Alert,
  Button,
  Group,
  Modal,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
  VisuallyHidden,
} from "@mantine/core";
import { DateTimePicker } from "@mantine/dates";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { deleteRow, insertRow } from "../api/client.ts";
import { apiKeysQuery } from "../api/queries.ts";
import type { ApiKey } from "../api/types.ts";
import { CopyText } from "../components/code.tsx";
import { ConfirmButton } from "../components/confirm.tsx";
import { Page } from "../components/page.tsx";
import { Empty, Failure, Loading } from "../components/states.tsx";
import { Time } from "../components/time.tsx";

export function KeysPage() {
  const { orgId } = useParams({ from: "/shell/orgs/$orgId/keys" });
  return (
    <Keys
      orgId={orgId}
      lead="API keys for this org: to manage its endpoints, to publish, or to read."
    />
  );
}

/** Keys that belong to no org. */
export function InstallationKeysPage() {
  return (
    <Keys
      orgId={null}
      lead="API keys for the whole installation: to publish for every org, or to read metrics."
    />
  );
}

function Keys({ orgId, lead }: { readonly orgId: string | null; readonly lead: string }) {
  const keys = useQuery(apiKeysQuery(orgId));
  return (
    <Page title="API keys" lead={lead} actions={<NewKey orgId={orgId} />}>
      {keys.isPending ? <Loading rows={3} /> : null}
      {keys.error === null ? null : (
        <Failure error={keys.error} onRetry={() => void keys.refetch()} />
      )}
      {keys.data?.length === 0 ? <Empty title="No API key yet" /> : null}
      {keys.data !== undefined && keys.data.length > 0 ? <KeyTable keys={keys.data} /> : null}
    </Page>
  );
}

function KeyTable({ keys }: { readonly keys: readonly ApiKey[] }) {
  const queryClient = useQueryClient();
  return (
    <Table verticalSpacing="sm" className="cards" layout="fixed" aria-label="API keys">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Name</Table.Th>
          <Table.Th w={150}>Starts with</Table.Th>
          <Table.Th w={130}>Permissions</Table.Th>
          <Table.Th w={160}>Created</Table.Th>
          <Table.Th w={160}>Expires</Table.Th>
          <Table.Th w={100}>
            <VisuallyHidden>Actions</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {keys.map((key) => (
          <Table.Tr key={key.id}>
            <Table.Td data-label="Name">
              <span className="untrusted-text">{key.name}</span>
            </Table.Td>
            <Table.Td data-label="Starts with">
              <span className="mono">{key.key_hint}</span>
            </Table.Td>
            <Table.Td data-label="Permissions">{key.role}</Table.Td>
            <Table.Td data-label="Created">
              <Time at={key.created_at} />
            </Table.Td>
            <Table.Td data-label="Expires">
              {key.expires_at === null ? "never" : <Time at={key.expires_at} />}
            </Table.Td>
            <Table.Td>
              <ConfirmButton
                label="Delete"
                title="Delete this key?"
                color="red"
                variant="subtle"
                size="compact-sm"
                action={() => deleteRow("api_keys", ["id", key.id])}
                onDone={() => void queryClient.invalidateQueries({ queryKey: ["api-keys"] })}
              >
                Requests with this key are rejected within seconds.
              </ConfirmButton>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

const orgRoles = [
  { value: "manage", label: "Manage: change endpoints, and read" },
  { value: "publish", label: "Publish: only publish events" },
  { value: "read", label: "Read: only read" },
];

const installationRoles = [
  { value: "publish_all", label: "Publish for every org: only publish events" },
  { value: "metrics", label: "Metrics: only read metrics" },
];

function NewKey({ orgId }: { readonly orgId: string | null }) {
  const [isOpen, { open, close }] = useDisclosure();
  const [made, setMade] = useState<string | null>(null);
  const begin = (): void => {
    setMade(null);
    open();
  };
  return (
    <>
      <Button onClick={begin}>Create key</Button>
      <Modal opened={isOpen} onClose={close} title="Create key" centered>
        {made === null ? (
          <NewKeyForm orgId={orgId} onMade={setMade} />
        ) : (
          <MadeKey value={made} onDone={close} />
        )}
      </Modal>
    </>
  );
}

function NewKeyForm(props: {
  readonly orgId: string | null;
  readonly onMade: (key: string) => void;
}) {
  const roles = props.orgId === null ? installationRoles : orgRoles;
  const [name, setName] = useState("");
  const [role, setRole] = useState(roles[0]?.value ?? "");
  const [expiresAt, setExpiresAt] = useState<string | null>(null);
  const queryClient = useQueryClient();
  const create = useMutation({
    mutationFn: () =>
      insertRow("api_keys", {
        org_id: props.orgId,
        name,
        role,
        ...(expiresAt === null ? {} : { expires_at: new Date(expiresAt).toISOString() }),
      }),
    onSuccess: async ({ key }) => {
      props.onMade(key);
      await queryClient.invalidateQueries({ queryKey: ["api-keys"] });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          description="For example, who uses it."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label="Permissions"
          data={roles}
          value={role}
          allowDeselect={false}
          onChange={(value) => setRole(value ?? role)}
        />
        <DateTimePicker
          label="Expires"
          placeholder="Never"
          clearable
          clearButtonProps={{ "aria-label": "Never expires" }}
          value={expiresAt}
          onChange={setExpiresAt}
        />
        {create.error === null ? null : <Failure error={create.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            Create key
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function MadeKey({ value, onDone }: { readonly value: string; readonly onDone: () => void }) {
  return (
    <Stack>
      <Alert color="yellow" variant="light" title="The key is shown only once">
        <Stack gap="xs">
          <Text className="mono untrusted-text" size="sm" fw={600}>
            {value}
          </Text>
          <Group>
            <CopyText value={value} label="Copy the key" />
          </Group>
        </Stack>
      </Alert>
      <Group justify="flex-end">
        <Button onClick={onDone}>I've saved it</Button>
      </Group>
    </Stack>
  );
}
