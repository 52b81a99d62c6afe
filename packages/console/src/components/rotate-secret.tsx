/**
 * Creates a new secret for an endpoint. The user chooses when it starts and how long the earlier
 * secret stays valid.
 */
import {
  Alert,
  Button,
  Checkbox,
  Group,
  Modal,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { callFunction } from "../api/client.ts";
import { contractsQuery } from "../api/queries.ts";
import type { Contract, Endpoint } from "../api/types.ts";
import { SecretsShownOnce } from "./secret.tsx";
import { Failure } from "./states.tsx";
import { Time } from "./time.tsx";

const overlaps = [
  { value: "86400", label: "1 day" },
  { value: "3600", label: "1 hour" },
  { value: "604800", label: "7 days" },
  { value: "0", label: "No longer" },
];

const beginnings = [
  { value: "0", label: "Immediately" },
  { value: "3600", label: "In 1 hour" },
  { value: "86400", label: "In 1 day" },
  { value: "604800", label: "In 7 days" },
];

/** The browser's clock may be ahead of the server's, which enforces its limit exactly. */
const clockMarginMs = 60_000;

export function RotateSecret({ endpoint }: { readonly endpoint: Endpoint }) {
  const [isOpen, { open, close }] = useDisclosure();
  const contracts = useQuery(contractsQuery);
  const rotate = useRotation(endpoint.id);
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
          <RotationForm
            singleHeaders={singleHeadersOf(contract)}
            names={secretNamesOf(contract)}
            error={rotate.error}
            isPending={rotate.isPending}
            onRotate={rotate.mutate}
            onClose={close}
          />
        ) : (
          <Stack>
            <SecretsShownOnce
              secrets={[{ name: rotate.variables.name, secret: rotate.data.secret }]}
              warning={rotate.data.secret_warning}
            />
            <Rotated {...rotate.data} />
            <Group justify="flex-end">
              <Button onClick={close}>I have kept it</Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </>
  );
}

interface Chosen {
  /** The secret's name in the contract; null if the contract has only one. */
  readonly name: string | null;
  /** The user's own secret; empty to generate one. */
  readonly secret: string;
  readonly isCompromised: boolean;
  readonly beginsInSeconds: number;
  readonly overlapSeconds: number;
}

function useRotation(endpointId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ name, secret, isCompromised, beginsInSeconds, overlapSeconds }: Chosen) =>
      callFunction("rotate_secret", {
        endpoint_id: endpointId,
        ...(name === null ? {} : { name }),
        ...(secret === "" ? {} : { secret }),
        ...(isCompromised
          ? { compromised: true }
          : {
              overlap_seconds: overlapSeconds,
              ...(beginsInSeconds === 0 ? {} : { switch_at: inSeconds(beginsInSeconds) }),
            }),
      }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["endpoint", endpointId] }),
  });
}

function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000 - clockMarginMs).toISOString();
}

interface RotationFormProps {
  /** The names of the contract's secrets. */
  readonly names: readonly string[];
  readonly singleHeaders: string;
  readonly error: Error | null;
  readonly isPending: boolean;
  onRotate(chosen: Chosen): void;
  onClose(): void;
}

/** The fields for the secret to replace, and for the new one. */
function WhichSecret(props: {
  readonly names: readonly string[];
  readonly name: string | null;
  readonly secret: string;
  onName(name: string | null): void;
  onSecret(secret: string): void;
}) {
  const { names, name, secret, onName, onSecret } = props;
  return (
    <>
      {names.length > 1 ? (
        <Select
          label="Secret"
          description="The contract signs with several secrets."
          data={names}
          value={name}
          onChange={onName}
          allowDeselect={false}
        />
      ) : null}
      <TextInput
        label="New secret"
        placeholder="Generated"
        description="Leave it empty unless your server has a secret that must stay the same."
        autoComplete="off"
        value={secret}
        onChange={(event) => onSecret(event.currentTarget.value)}
      />
    </>
  );
}

/** The fields for the time when the new secret starts to sign, and when the old one expires. */
function RotationTimes(props: {
  readonly singleHeaders: string;
  readonly begins: string;
  readonly overlap: string;
  onBegins(begins: string | null): void;
  onOverlap(overlap: string): void;
}) {
  const { singleHeaders, begins, overlap, onBegins, onOverlap } = props;
  return (
    <>
      {singleHeaders === "" ? null : (
        <Select
          label="Use the new secret"
          description={`${singleHeaders} has room for one signature: until then it is made with the earlier secret. Let your server accept both before.`}
          data={beginnings}
          value={begins}
          onChange={onBegins}
          allowDeselect={false}
        />
      )}
      <Select
        label="Keep the old secret valid for"
        description="In headers with room for several signatures. In this time your server may verify with either."
        data={overlaps}
        value={overlap}
        onChange={(value) => onOverlap(value ?? "86400")}
        allowDeselect={false}
      />
    </>
  );
}

function RotationForm(props: RotationFormProps) {
  const { singleHeaders, names, error, isPending, onRotate, onClose } = props;
  const [chosenName, setName] = useState<string | null>(null);
  const name = chosenName ?? names[0] ?? null;
  const [secret, setSecret] = useState("");
  const [isCompromised, setCompromised] = useState(false);
  const [overlap, setOverlap] = useState("86400");
  // If a header has room for only one signature, the receiver must have the new secret before
  // Posthorn uses it.
  const [chosenBegin, setBegins] = useState<string | null>(null);
  const begins = chosenBegin ?? (singleHeaders === "" ? "0" : "86400");
  const chosen: Chosen = {
    name: names.length > 1 ? name : null,
    secret,
    isCompromised,
    beginsInSeconds: Number(begins),
    overlapSeconds: Number(overlap),
  };
  return (
    <Stack>
      <WhichSecret
        names={names}
        name={name}
        onName={setName}
        secret={secret}
        onSecret={setSecret}
      />
      <Checkbox
        label="Someone else may know the secret"
        description="Earlier secrets stop working immediately."
        checked={isCompromised}
        onChange={(event) => setCompromised(event.currentTarget.checked)}
      />
      {isCompromised ? (
        <Alert color="yellow" variant="light">
          <Text size="sm">
            Deliveries fail at your server until it has the new secret, and are then sent again.
          </Text>
        </Alert>
      ) : (
        <RotationTimes
          singleHeaders={singleHeaders}
          begins={begins}
          onBegins={setBegins}
          overlap={overlap}
          onOverlap={setOverlap}
        />
      )}
      {error === null ? null : <Failure error={error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button onClick={() => onRotate(chosen)} loading={isPending}>
          Make a new secret
        </Button>
      </Group>
    </Stack>
  );
}

interface RotatedProps {
  readonly previous_secret_expires_at: string;
  readonly secret_switches_at: string | null;
}

function Rotated(rotated: RotatedProps) {
  const { previous_secret_expires_at: endsAt, secret_switches_at: beginsAt } = rotated;
  return (
    <Text size="sm">
      {beginsAt === null ? (
        "It signs from now on."
      ) : (
        <>
          It begins at <Time at={beginsAt} />.
        </>
      )}{" "}
      The earlier secret ends at <Time at={endsAt} />.
    </Text>
  );
}

/** Shows a rotation in progress, and the actions that it allows. */
export function RotationUnderWay(props: {
  readonly endpoint: Endpoint;
  readonly mayChange: boolean;
}) {
  const { id, secret_switches_at: beginsAt, previous_secret_expires_at: endsAt } = props.endpoint;
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: (cancel: boolean) => callFunction("switch_secret", { endpoint_id: id, cancel }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["endpoint", id] }),
  });
  if (endsAt === null || endsAt === undefined) return null;
  return (
    <Alert color="blue" variant="light">
      <Stack gap="xs">
        {beginsAt === null || beginsAt === undefined ? null : (
          <Text size="sm">
            The new secret becomes active at <Time at={beginsAt} />.
          </Text>
        )}
        <Text size="sm">
          The earlier secret still signs, too, until <Time at={endsAt} />.
        </Text>
        {change.error === null ? null : <Failure error={change.error} />}
        {props.mayChange && beginsAt !== null && beginsAt !== undefined ? (
          <Group>
            <Button
              variant="default"
              loading={change.isPending}
              onClick={() => change.mutate(false)}
            >
              Begin now
            </Button>
            <Button
              variant="default"
              loading={change.isPending}
              onClick={() => change.mutate(true)}
            >
              Cancel change
            </Button>
          </Group>
        ) : null}
      </Stack>
    </Alert>
  );
}

interface ContractDocument {
  readonly secrets?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signatures?: Readonly<Record<string, string | { readonly separator?: string }>>;
}

function secretNamesOf(contract: Contract | undefined): readonly string[] {
  return Object.keys((Object(contract?.document) as ContractDocument).secrets ?? {});
}

/** The names of the headers with room for only one signature. */
function singleHeadersOf(contract: Contract | undefined): string {
  const { headers = {}, signatures = {} } = Object(contract?.document) as ContractDocument;
  const isSingle = (name: string): boolean => {
    const signature = signatures[name];
    return typeof signature === "object" && signature.separator === undefined;
  };
  const single = Object.entries(headers).filter(([, value]) =>
    [...value.matchAll(/\{signature\.(\w+)\}/g)].some(([, name = ""]) => isSingle(name)),
  );
  return single.map(([header]) => header).join(", ");
}
