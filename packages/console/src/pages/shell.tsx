/** The frame around every page: navigation, session, and a sign-in when the session ends. */
import { AppShell, Burger, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate, useParams, useRouteContext } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { whenSessionIsOver } from "../api/client.ts";
import { SessionProvider } from "../api/context.tsx";
import { useLiveUpdates } from "../api/live.ts";
import { signOut, type Session } from "../api/session.ts";
import { ColorSchemeSwitch, UserMenu } from "../components/header-menus.tsx";
import { Navigation } from "../components/navigation.tsx";
import { OrgPicker } from "../components/org-picker.tsx";
import { SignInForm } from "../components/sign-in-form.tsx";
import { Brand } from "../theme/platform.tsx";

export function Shell() {
  const { session } = useRouteContext({ from: "/shell" });
  const [current, setCurrent] = useState<Session>(session);
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const leave = (): void => {
    void signOut().finally(() => {
      queryClient.clear();
      void navigate({ to: "/sign-in" });
    });
  };
  return (
    <SessionProvider value={{ session: current, signOut: leave }}>
      <Frame />
      <SessionOver session={current} onSignedIn={setCurrent} />
    </SessionProvider>
  );
}

function Frame() {
  const [isOpen, { toggle, close }] = useDisclosure();
  const { orgId = null } = useParams({ strict: false });
  const { session } = useRouteContext({ from: "/shell" });
  useLiveUpdates(orgId ?? session.org_id);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 232, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <AppShell.Header>
        <a href="#main" className="skip-link">
          Skip to the content
        </a>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label="Navigation"
            />
            <Brand />
          </Group>
          <Group gap="xs" wrap="nowrap">
            {session.kind === "admin" ? <OrgPicker orgId={orgId} /> : null}
            <ColorSchemeSwitch />
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Main" onClick={close}>
        <Navigation orgId={orgId ?? session.org_id} />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

/** On top of the page, which stays mounted, so no typed text is lost. */
function SessionOver(props: {
  readonly session: Session;
  readonly onSignedIn: (session: Session) => void;
}) {
  const [isOver, setIsOver] = useState(false);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  useEffect(() => {
    whenSessionIsOver(() => setIsOver(true));
    return () => whenSessionIsOver(() => {});
  }, []);
  const goOn = (session: Session): void => {
    setIsOver(false);
    props.onSignedIn(session);
    void queryClient.invalidateQueries();
    // Another org's key must not see what is on the page.
    if (session.org_id !== props.session.org_id) void navigate({ to: "/" });
  };
  return (
    <Modal
      opened={isOver}
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      title="Your session is over"
      centered
    >
      <Stack>
        {props.session.kind === "portal_link" ? (
          <Text>Go back to where you came from, and open the webhooks page from there again.</Text>
        ) : (
          <>
            <Text size="sm">Sign in again to go on where you were.</Text>
            <SignInForm onSignedIn={goOn} />
          </>
        )}
      </Stack>
    </Modal>
  );
}
