/** The source of an endpoint's transformation, and a test run on given data. */
import { Button, Code, Group, JsonInput, Stack, Text, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { callFunction } from "../api/client.ts";
import { isJsonObject } from "../copy/json-text.ts";
import { Failure } from "./states.tsx";

const example = "(event, context) => ({ data: event.data })";

interface TransformationFieldProps {
  readonly value?: string;
  readonly error?: ReactNode;
  readonly onChange?: (value: string) => void;
  readonly onBlur?: (event: unknown) => void;
}

export function TransformationField(props: TransformationFieldProps) {
  const { value = "", error, onChange, onBlur } = props;
  return (
    <Stack gap="xs">
      <Textarea
        label="Transformation"
        description="A JavaScript function that shapes what the endpoint gets. Empty: events are sent as they are."
        placeholder={example}
        autosize
        minRows={2}
        maxRows={16}
        spellCheck={false}
        ff="monospace"
        value={value}
        onChange={(event) => onChange?.(event.currentTarget.value)}
        onBlur={onBlur}
        error={error}
      />
      {value.trim() === "" ? null : <TestRun source={value} />}
    </Stack>
  );
}

/** The result of the latest run, for the source that it ran. */
function TestRun({ source }: { readonly source: string }) {
  const [data, setData] = useState("{}");
  const run = useMutation({
    mutationFn: () =>
      callFunction("test_transformation", {
        transformation: source,
        data: JSON.parse(data) as unknown,
      }),
  });
  const problem = isJsonObject(data);
  return (
    <Stack gap="xs">
      <JsonInput
        label="Test data"
        description="An event's data. Nothing is sent."
        autosize
        minRows={1}
        maxRows={8}
        value={data}
        onChange={setData}
        error={problem}
      />
      <Group>
        <Button
          variant="default"
          size="xs"
          loading={run.isPending}
          disabled={problem !== null}
          onClick={() => run.mutate()}
        >
          Test the transformation
        </Button>
      </Group>
      {run.error === null ? null : <Failure error={run.error} />}
      {run.data === undefined ? null : <Result {...run.data} />}
    </Stack>
  );
}

function Result(props: {
  readonly outcome: string;
  readonly data?: unknown;
  readonly headers?: unknown;
  readonly reason?: string | null;
}) {
  const { outcome, data, headers, reason } = props;
  if (outcome === "cancelled") {
    return (
      <Text size="sm" role="status">
        It cancels the delivery: nothing would be sent.
      </Text>
    );
  }
  if (outcome === "failed") {
    return (
      <Text size="sm" c="var(--mantine-color-error)" role="alert">
        It fails: {reason}
      </Text>
    );
  }
  const hasHeaders = Object.keys(Object(headers) as object).length > 0;
  return (
    <Stack gap={4} role="status">
      <Text size="sm">The endpoint would get:</Text>
      <Code block>{JSON.stringify(data, null, 2)}</Code>
      {hasHeaders ? <Code block>{JSON.stringify(headers, null, 2)}</Code> : null}
    </Stack>
  );
}
