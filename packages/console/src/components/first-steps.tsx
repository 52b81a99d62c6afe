/** A checklist for a new installation, from the first event type to the first delivery. */
import { Paper, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import type { ReactNode } from "react";
import { firstStepsQuery, type FirstStepsDone } from "../api/queries.ts";
import { EditEventType } from "./event-type-form.tsx";
import { PublishEvent } from "./publish-event.tsx";
import { NewOrg } from "./new-org.tsx";
import { TextLink } from "./page.tsx";
import { LinkButton } from "./router-button.tsx";

/** Shows nothing once an event has been delivered. */
export function FirstSteps() {
  const done = useQuery(firstStepsQuery);
  // A checklist that was visible when the page was opened stays visible to show its last step.
  if (done.data === undefined || done.data.wasDoneAtFirst) return null;
  return <Steps done={done.data} />;
}

function Steps({ done }: { readonly done: FirstStepsDone }) {
  const { orgId } = done;
  const isReady = done.hasEventType && done.hasEndpoint;
  return (
    <Paper withBorder p="md" component="section" aria-label="First steps">
      <Stack gap="md">
        <Title order={2} size="h4">
          First steps
        </Title>
        <Step isDone={done.hasEventType} title="Create an event type">
          <Text size="sm" mb="xs">
            Event types name what can happen in your product. Give each an example of its data.
          </Text>
          <EditEventType label="Add event type" />
        </Step>
        <Step isDone={done.hasEndpoint} title="Create an endpoint">
          {orgId === null ? (
            <>
              <Text size="sm" mb="xs">
                An endpoint belongs to an org: one of your customers. Add an org first.
              </Text>
              <NewOrg />
            </>
          ) : (
            <>
              <Text size="sm" mb="xs">
                An endpoint is a URL that receives the events of {done.orgName}.
              </Text>
              <LinkButton to="/orgs/$orgId/endpoints/new" params={{ orgId }}>
                Add endpoint
              </LinkButton>
            </>
          )}
        </Step>
        <Step isDone={done.hasEvent} title="Publish an event">
          {isReady && orgId !== null ? (
            <PublishEvent orgId={orgId} />
          ) : (
            "It needs an event type and an endpoint."
          )}
        </Step>
        <Step isDone={done.delivered !== null} title="See it arrive">
          <Arrival done={done} />
        </Step>
      </Stack>
    </Paper>
  );
}

function Arrival({ done }: { readonly done: FirstStepsDone }) {
  const delivery = done.delivered ?? done.latest;
  if (delivery === null) return "The first delivery appears here.";
  return (
    <>
      {done.delivered === null
        ? "The endpoint has not accepted it yet. "
        : "The endpoint accepted the event. "}
      <TextLink
        to="/orgs/$orgId/deliveries/$deliveryId"
        params={{ orgId: delivery.org_id, deliveryId: delivery.id }}
        underline="always"
      >
        Show delivery
      </TextLink>
    </>
  );
}

function Step(props: {
  readonly isDone: boolean;
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <div className="step">
      <ThemeIcon
        radius="xl"
        size={22}
        variant={props.isDone ? "filled" : "default"}
        color="green.8"
        role="img"
        aria-label={props.isDone ? "Done" : "To do"}
      >
        {props.isDone ? <Check size={14} aria-hidden /> : null}
      </ThemeIcon>
      <Stack gap={4} miw={0}>
        <Text fw={600}>{props.title}</Text>
        <Text size="sm" component="div">
          {props.children}
        </Text>
      </Stack>
    </div>
  );
}
