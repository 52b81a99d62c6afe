/** Asks the user to confirm an action that cannot be undone or that affects others. */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Failure } from "./states.tsx";

export function ConfirmButton(props: {
  readonly label: string;
  readonly title: string;
  readonly children: ReactNode;
  readonly color?: string;
  readonly variant?: string;
  readonly size?: string;
  readonly action: () => Promise<unknown>;
  readonly onDone?: () => void;
}) {
  const [isOpen, { open, close }] = useDisclosure();
  const action = useMutation({
    mutationFn: props.action,
    onSuccess: () => {
      close();
      props.onDone?.();
    },
  });
  return (
    <>
      <Button
        variant={props.variant ?? "default"}
        color={props.color}
        size={props.size ?? "sm"}
        onClick={() => {
          action.reset();
          open();
        }}
      >
        {props.label}
      </Button>
      <Modal opened={isOpen} onClose={close} title={props.title} centered>
        <Stack>
          <Text size="sm" component="div">
            {props.children}
          </Text>
          {action.error === null ? null : <Failure error={action.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button
              color={props.color}
              loading={action.isPending}
              onClick={() => action.mutate()}
              data-autofocus
            >
              {props.label}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
