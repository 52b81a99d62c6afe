/** The navigation: an org's pages, and the operator's. */
import { NavLink, Stack, Text, type NavLinkProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import {
  Activity,
  BookOpen,
  ChartLine,
  History,
  Inbox,
  KeyRound,
  Landmark,
  Send,
  Webhook,
} from "lucide-react";
import { forwardRef, type ComponentPropsWithoutRef } from "react";
import { useSession } from "../api/context.tsx";

const AnchorNavLink = forwardRef<
  HTMLAnchorElement,
  NavLinkProps & Omit<ComponentPropsWithoutRef<"a">, keyof NavLinkProps>
>(function AnchorNavLink(props, ref) {
  return <NavLink component="a" ref={ref} {...props} />;
});

const RouterNavLink = createLink(AnchorNavLink);

const iconSize = 18;

export function Navigation({ orgId }: { readonly orgId: string | null }) {
  const { session } = useSession();
  const isAdmin = session.kind === "admin";
  return (
    <Stack gap={2}>
      {orgId === null ? null : <OrgLinks orgId={orgId} isAdmin={isAdmin} />}
      {isAdmin ? <OperatorLinks /> : null}
    </Stack>
  );
}

function OrgLinks({ orgId, isAdmin }: { readonly orgId: string; readonly isAdmin: boolean }) {
  const params = { orgId };
  return (
    <>
      {isAdmin ? <Heading>This org</Heading> : null}
      <RouterNavLink
        to="/orgs/$orgId/endpoints"
        params={params}
        label="Endpoints"
        leftSection={<Webhook size={iconSize} aria-hidden />}
      />
      <RouterNavLink
        to="/orgs/$orgId/deliveries"
        params={params}
        label="Deliveries"
        leftSection={<Send size={iconSize} aria-hidden />}
      />
      <RouterNavLink
        to="/orgs/$orgId/event-types"
        params={params}
        label="Event types"
        leftSection={<BookOpen size={iconSize} aria-hidden />}
      />
      <RouterNavLink
        to="/orgs/$orgId/activity"
        params={params}
        label="Activity"
        leftSection={<History size={iconSize} aria-hidden />}
      />
      {isAdmin ? (
        <RouterNavLink
          to="/orgs/$orgId/keys"
          params={params}
          label="API keys"
          leftSection={<KeyRound size={iconSize} aria-hidden />}
        />
      ) : null}
    </>
  );
}

function OperatorLinks() {
  return (
    <>
      <Heading>All orgs</Heading>
      <RouterNavLink
        to="/overview"
        label="Overview"
        leftSection={<ChartLine size={iconSize} aria-hidden />}
      />
      <RouterNavLink
        to="/orgs"
        activeOptions={{ exact: true }}
        label="Orgs"
        leftSection={<Landmark size={iconSize} aria-hidden />}
      />
      <RouterNavLink
        to="/dead-letters"
        label="Dead letters"
        leftSection={<Inbox size={iconSize} aria-hidden />}
      />
      <RouterNavLink
        to="/event-types"
        label="Event types"
        leftSection={<BookOpen size={iconSize} aria-hidden />}
      />
      <RouterNavLink
        to="/keys"
        label="API keys"
        leftSection={<KeyRound size={iconSize} aria-hidden />}
      />
      <RouterNavLink
        to="/audit"
        label="Audit"
        leftSection={<Activity size={iconSize} aria-hidden />}
      />
    </>
  );
}

function Heading({ children }: { readonly children: string }) {
  return (
    <Text size="xs" c="dimmed" fw={600} px="sm" pt="sm" pb={4}>
      {children}
    </Text>
  );
}
