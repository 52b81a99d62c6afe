/** The header of a page: its title, links back, and actions. */
import { Anchor, Group, Stack, Text, Title, type AnchorProps } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { createLink } from "@tanstack/react-router";
import { forwardRef, type ComponentPropsWithoutRef, type ReactNode } from "react";
import { MiddleEllipsis } from "./middle-ellipsis.tsx";
import { usePlatform } from "../theme/platform.tsx";

const AnchorWithRef = forwardRef<
  HTMLAnchorElement,
  AnchorProps & Omit<ComponentPropsWithoutRef<"a">, keyof AnchorProps>
>(function AnchorWithRef(props, ref) {
  return <Anchor ref={ref} inherit {...props} />;
});

/** A link to another page of the console. */
export const TextLink = createLink(AnchorWithRef);

export function Page(props: {
  readonly title: string;
  /** True if the title is a URL, which must stay on one line. */
  readonly isUrl?: boolean;
  readonly back?: ReactNode;
  readonly lead?: ReactNode;
  readonly aside?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  const { name } = usePlatform();
  useDocumentTitle(`${props.title} · Webhooks · ${name}`);
  return (
    <Stack gap="lg" maw={1200} mx="auto">
      <Stack gap={4}>
        {props.back === undefined ? null : <Text size="sm">{props.back}</Text>}
        <Group justify="space-between" align="center" gap="md">
          <Group gap="sm" maw="100%" wrap={props.isUrl === true ? "nowrap" : "wrap"}>
            <Title order={1} size="h2" className="untrusted-text" miw={0}>
              {props.isUrl === true ? <MiddleEllipsis text={props.title} /> : props.title}
            </Title>
            {props.aside}
          </Group>
          <Group gap="xs">{props.actions}</Group>
        </Group>
        {props.lead === undefined ? null : <Text c="dimmed">{props.lead}</Text>}
      </Stack>
      {props.children}
    </Stack>
  );
}

export function Section(props: {
  readonly title: string;
  /** The id for links to this part of the page. */
  readonly id?: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <Stack gap="sm" component="section" id={props.id}>
      <Group justify="space-between">
        <Title order={2} size="h4">
          {props.title}
        </Title>
        {props.actions}
      </Group>
      {props.children}
    </Stack>
  );
}
