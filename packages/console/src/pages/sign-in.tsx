/** Signs in with a key, or opens the console by a portal link. */
import { Anchor, Center, Paper, Stack, Text, Title, useMantineColorScheme } from "@mantine/core";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { endedPortal, signIn } from "../api/session.ts";
import { Failure, Loading } from "../components/states.tsx";
import { SignInForm } from "../components/sign-in-form.tsx";
import { Brand } from "../theme/platform.tsx";
import type { ReactNode } from "react";

function Card({ children }: { readonly children: ReactNode }) {
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" w="100%" maw={420}>
        <Stack>
          <Brand />
          {children}
        </Stack>
      </Paper>
    </Center>
  );
}

export function SignInPage() {
  const { to } = useSearch({ from: "/sign-in" });
  const router = useRouter();
  const goOn = async (): Promise<void> => {
    await router.invalidate();
    // Only a path in the console; otherwise a link could redirect anywhere after signing in.
    const isOwn = to !== undefined && to.startsWith("/") && !to.startsWith("//");
    router.history.push(isOwn ? to : "/");
  };
  return (
    <Card>
      <Title order={1} size="h3">
        Webhooks
      </Title>
      <SignInForm onSignedIn={() => void goOn()} />
    </Card>
  );
}

/** After leaving a portal, or when its session has ended. Its user has no key to sign in with. */
export function LeftPage() {
  const returnUrl = endedPortal()?.returnUrl ?? null;
  return (
    <Card>
      <Title order={1} size="h3">
        Webhooks
      </Title>
      <Text>You are signed out.</Text>
      {returnUrl === null ? (
        <Text size="sm">To come back, open the webhooks page from your product again.</Text>
      ) : (
        <Text size="sm">
          {/* The page may be in a frame of the product. */}
          <Anchor href={returnUrl} target="_top">
            Go back to your product
          </Anchor>
        </Text>
      )}
    </Card>
  );
}

export function PortalPage() {
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const [error, setError] = useState<unknown>(null);
  const isOpening = useRef(false);
  useEffect(() => {
    if (isOpening.current) return;
    isOpening.current = true;
    const link = location.hash.slice(1);
    // Remove the link from the URL and the history immediately: anyone with it can sign in.
    history.replaceState(null, "", "/portal");
    signIn({ link })
      .then(async (session) => {
        if (session.appearance !== null) setColorScheme(session.appearance);
        await navigate({ to: "/", replace: true });
      })
      .catch(setError);
  }, [navigate, setColorScheme]);
  return (
    <Card>
      <Title order={1} size="h3">
        Webhooks
      </Title>
      {error === null ? (
        <Loading rows={2} label="Opening" />
      ) : (
        <>
          <Failure error={error} />
          <Text size="sm" c="dimmed">
            A link works for a few minutes only.
          </Text>
        </>
      )}
    </Card>
  );
}
