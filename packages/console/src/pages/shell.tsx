/** The frame around every page: navigation, session, and a sign-in when the session ends. */
import { Anchor, AppShell, Burger, Group, Modal, Stack, Text } from "@mantine/core";
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
      if (session.kind !== "portal_link") void navigate({ to: "/sign-in" });
      else if (session.return_url === null) void navigate({ to: "/left" });
      // A frame would show the product inside itself.
      else window.open(session.return_url, "_top");
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
          <Group gap="sm" wrap="nowrap" miw={0} flex={1}>
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
      title="Your session has ended"
      centered
    >
      <Stack>
        {props.session.kind === "portal_link" ? (
          <>
            <Text>Open the webhooks page from your product again.</Text>
            {props.session.return_url === null ? null : (
              <Text>
                <Anchor href={props.session.return_url} target="_top">
                  Go back to your product
                </Anchor>
              </Text>
            )}
          </>
        ) : (
          <>
            <Text size="sm">Sign in again to continue.</Text>
            <SignInForm onSignedIn={goOn} />
          </>
        )}
      </Stack>
    </Modal>
  );
}
