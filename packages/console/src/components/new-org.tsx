/** Adds an org. */
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { insertRow } from "../api/client.ts";
import { Failure } from "./states.tsx";

export function NewOrg() {
  const [isOpen, { open, close }] = useDisclosure();
  const [id, setId] = useState("");
  const [name, setName] = useState("");
  const queryClient = useQueryClient();
  const create = useMutation({
    mutationFn: () => insertRow("webhook_orgs", { id: id.trim(), name: name === "" ? null : name }),
    onSuccess: async () => {
      close();
      await queryClient.invalidateQueries({ queryKey: ["orgs"] });
      await queryClient.invalidateQueries({ queryKey: ["first-steps"] });
    },
  });
  const reset = (): void => {
    setId("");
    setName("");
    create.reset();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <>
      <Button onClick={open}>Add org</Button>
      <Modal
        opened={isOpen}
        onClose={close}
        onExitTransitionEnd={reset}
        title="Add an org"
        centered
      >
        <form onSubmit={submit}>
          <Stack>
            <TextInput
              label="ID"
              description="Your own ID of the customer, e.g. cus_123 or a UUID."
              required
              value={id}
              onChange={(event) => setId(event.currentTarget.value)}
            />
            <TextInput
              label="Name"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            {create.error === null ? null : <Failure error={create.error} />}
            <Group justify="flex-end">
              <Button type="submit" loading={create.isPending}>
                Add org
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
