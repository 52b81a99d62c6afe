/** The filters of a list of deliveries. The URL contains all of them. */
import { Button, Collapse, Group, Select, Stack, TextInput } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { DateTimePicker } from "@mantine/dates";
import { useQuery } from "@tanstack/react-query";
import { ListFilter } from "lucide-react";
import { useState, type FormEvent } from "react";
import { isId } from "../api/deliveries.ts";
import { endpointsQuery, eventTypesQuery } from "../api/queries.ts";
import { withoutUndefined, type DeliverySearch } from "../search.ts";
import { deliveryStatuses } from "./status.tsx";
import { destinationOf } from "../copy/destination.ts";

export type Filterable = "endpoint" | "status";

interface Filters {
  readonly orgId: string | null;
  readonly value: DeliverySearch;
  readonly hides?: readonly Filterable[];
  readonly onChange: (value: DeliverySearch) => void;
}

/** The filters of a list of deliveries. On a narrow screen, one button shows and hides them. */
export function DeliveryFilters(props: Filters) {
  const isNarrow = useMediaQuery("(max-width: 639px)", false, { getInitialValueInEffect: false });
  const [isOpen, { toggle }] = useDisclosure();
  if (!isNarrow) return <FilterFields {...props} />;
  const count = Object.keys(props.value).length;
  return (
    <Stack gap="sm">
      <Group>
        <Button
          variant="default"
          leftSection={<ListFilter size={16} aria-hidden />}
          aria-expanded={isOpen}
          onClick={toggle}
        >
          {count === 0 ? "Filters" : `Filters (${count})`}
        </Button>
      </Group>
      <Collapse expanded={isOpen}>
        <FilterFields {...props} />
      </Collapse>
    </Stack>
  );
}

function FilterFields(props: Filters) {
  const { value, hides = [], orgId } = props;
  const types = useQuery(eventTypesQuery);
  const change = (changes: { readonly [Key in keyof DeliverySearch]: string | undefined }): void =>
    props.onChange(withoutUndefined({ ...value, ...changes }));
  const isFiltered = Object.keys(value).length > 0;
  return (
    <Group gap="sm" align="flex-end" role="search" aria-label="Filter deliveries">
      <IdSearch id={value.id} onSearch={(id) => change({ id })} />
      {hides.includes("status") ? null : (
        <Select
          label="Status"
          placeholder="Any"
          w={110}
          data={[...deliveryStatuses]}
          clearable
          clearButtonProps={{ "aria-label": "Any status" }}
          value={value.status ?? null}
          onChange={(status) => change({ status: status ?? undefined })}
        />
      )}
      {hides.includes("endpoint") || orgId === null ? null : (
        <EndpointSelect
          orgId={orgId}
          value={value.endpoint}
          onChange={(endpoint) => change({ endpoint })}
        />
      )}
      <Select
        label="Event type"
        placeholder="Any"
        w={160}
        data={(types.data ?? []).map((type) => type.name)}
        searchable
        clearable
        clearButtonProps={{ "aria-label": "Any event type" }}
        value={value.type ?? null}
        onChange={(type) => change({ type: type ?? undefined })}
      />
      <TimeFilter label="From" value={value.since} onChange={(since) => change({ since })} />
      <TimeFilter label="Until" value={value.until} onChange={(until) => change({ until })} />
      {value.failed_since === undefined ? null : (
        <TimeFilter
          label="Dead since"
          value={value.failed_since}
          onChange={(failed_since) => change({ failed_since })}
        />
      )}
      {isFiltered ? (
        <Button variant="subtle" onClick={() => props.onChange({})}>
          Clear
        </Button>
      ) : null}
    </Group>
  );
}

function IdSearch(props: {
  readonly id: string | undefined;
  readonly onSearch: (id: string | undefined) => void;
}) {
  const [typed, setTyped] = useState(props.id ?? "");
  const [shown, setShown] = useState(props.id);
  // The browser's back and forward buttons change the URL, so the field must follow.
  if (shown !== props.id) {
    setShown(props.id);
    setTyped(props.id ?? "");
  }
  const text = typed.trim();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    props.onSearch(text === "" ? undefined : isId(text) ? text.toLowerCase() : text);
  };
  return (
    <form onSubmit={submit}>
      <TextInput
        label="ID"
        placeholder="Event, yours or Posthorn's"
        w={205}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={submit}
      />
    </form>
  );
}

function EndpointSelect(props: {
  readonly orgId: string;
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  const endpoints = useQuery(endpointsQuery(props.orgId));
  const options = (endpoints.data ?? []).map((each) => ({
    value: each.id,
    label: destinationOf(each),
  }));
  const isDeleted =
    props.value !== undefined &&
    endpoints.data !== undefined &&
    options.every(({ value }) => value !== props.value);
  return (
    <Select
      label="Endpoint"
      placeholder="Any"
      w={170}
      data={isDeleted ? [...options, { value: props.value, label: "(deleted)" }] : options}
      searchable
      clearable
      clearButtonProps={{ "aria-label": "Any endpoint" }}
      value={props.value ?? null}
      onChange={(value) => props.onChange(value ?? undefined)}
    />
  );
}

function TimeFilter(props: {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  return (
    <DateTimePicker
      label={props.label}
      placeholder="Any time"
      w={175}
      clearable
      clearButtonProps={{ "aria-label": `${props.label} any time` }}
      value={props.value === undefined ? null : new Date(props.value)}
      onChange={(value) =>
        props.onChange(value === null ? undefined : new Date(value).toISOString())
      }
    />
  );
}
