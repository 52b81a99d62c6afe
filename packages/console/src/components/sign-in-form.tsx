/** Asks for a key, as a page or on top of a page whose session has ended. */
import { Alert, Button, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { sentence, toApiError } from "../api/errors.ts";
import { signIn, type Session } from "../api/session.ts";

export function SignInForm(props: { readonly onSignedIn: (session: Session) => void }) {
  const [key, setKey] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const attempt = useMutation({
    mutationFn: () => signIn({ key: key.trim() }),
    onSuccess: props.onSignedIn,
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (key.trim() !== "") attempt.mutate();
  };
  const error = attempt.error === null ? null : toApiError(attempt.error);
  return (
    <form onSubmit={submit}>
      <Stack>
        <PasswordInput
          label="Key"
          description="The admin key, or an API key of your org."
          autoComplete="current-password"
          data-autofocus
          ref={field}
          required
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": "Show the key" }}
          error={error !== null && error.status !== 0 ? sentence(error) : null}
        />
        {error?.status === 0 ? (
          <Alert color="red" role="alert">
            {sentence(error)}
          </Alert>
        ) : null}
        <Button type="submit" loading={attempt.isPending}>
          Sign in
        </Button>
        <Text size="xs" c="dimmed">
          The browser does not store the key. If you are a customer without a key, open this page
          from the product that sends you webhooks.
        </Text>
      </Stack>
    </form>
  );
}
