/** A new secret for an endpoint, with a time in which both sign. */
import { Alert, Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { callFunction } from "../api/client.ts";
import { contractsQuery } from "../api/queries.ts";
import type { Contract, Endpoint } from "../api/types.ts";
import { SecretShownOnce } from "./secret.tsx";
import { Failure } from "./states.tsx";
import { Time } from "./time.tsx";

const overlaps = [
  { value: "86400", label: "1 day" },
  { value: "3600", label: "1 hour" },
  { value: "604800", label: "7 days" },
  { value: "0", label: "None: the old secret ends at once" },
];

export function RotateSecret({ endpoint }: { readonly endpoint: Endpoint }) {
  const [isOpen, { open, close }] = useDisclosure();
  const [overlap, setOverlap] = useState("86400");
  const queryClient = useQueryClient();
  const contracts = useQuery(contractsQuery);
  const rotate = useMutation({
    mutationFn: () =>
      callFunction("rotate_secret", {
        endpoint_id: endpoint.id,
        overlap_seconds: Number(overlap),
      }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["endpoint", endpoint.id] }),
  });
  const contract = contracts.data?.find((each) => each.name === endpoint.contract);
  const begin = (): void => {
    rotate.reset();
    open();
  };
  return (
    <>
      <Button variant="default" onClick={begin}>
        Rotate secret
      </Button>
      <Modal opened={isOpen} onClose={close} title="Rotate the secret" size="lg" centered>
        {rotate.data === undefined ? (
          <Stack>
            <Select
              label="Both secrets sign for"
              description="In this time your server may verify with either of them."
              data={overlaps}
              value={overlap}
              onChange={(value) => setOverlap(value ?? "86400")}
              allowDeselect={false}
            />
            <SingleSignatureWarning contract={contract} />
            {rotate.error === null ? null : <Failure error={rotate.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Leave it
              </Button>
              <Button onClick={() => rotate.mutate()} loading={rotate.isPending}>
                Make a new secret
              </Button>
            </Group>
          </Stack>
        ) : (
          <Stack>
            <SecretShownOnce secret={rotate.data.secret} />
            <Text size="sm">
              The earlier secret ends at <Time at={rotate.data.previous_secret_expires_at} />.
            </Text>
            <Group justify="flex-end">
              <Button onClick={close}>I have kept it</Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </>
  );
}

interface SignatureHeader {
  readonly header: string;
  readonly scheme: { readonly list: boolean };
}

/** A header with room for one signature is signed with the new secret at once. */
function SingleSignatureWarning({ contract }: { readonly contract: Contract | undefined }) {
  const document = Object(contract?.document) as { signatures?: readonly SignatureHeader[] };
  const single = (document.signatures ?? []).filter(({ scheme }) => !scheme.list);
  if (single.length === 0) return null;
  const names = single.map(({ header }) => header).join(", ");
  return (
    <Alert color="yellow" variant="light">
      <Text size="sm">
        <code>{names}</code> has room for one signature: it is made with the new secret at once. If
        your server reads that header, let it accept both secrets before you rotate.
      </Text>
    </Alert>
  );
}
