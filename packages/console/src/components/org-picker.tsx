/** Lets the operator choose an org. */
import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { isId } from "../api/deliveries.ts";
import { orgQuery, orgsQuery } from "../api/queries.ts";
import type { Org } from "../api/types.ts";

const searchWaitMs = 250;

export function orgName(org: Org): string {
  return org.name ?? org.id;
}

/** For lists that know only the id and the name. */
export function orgLabel(id: string, name: string | null): string {
  return name ?? (isId(id) ? `${id.slice(0, 8)}…` : id);
}

export function OrgPicker({ orgId }: { readonly orgId: string | null }) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, searchWaitMs);
  const current = useQuery({ ...orgQuery(orgId ?? ""), enabled: orgId !== null });
  // Until the user types, the field contains the chosen org's name.
  const isChosen = current.data !== undefined && search === orgName(current.data);
  const found = useQuery(orgsQuery(isChosen ? "" : search.trim()));
  const orgs = new Map((found.data ?? []).map((org) => [org.id, org]));
  if (current.data !== undefined) orgs.set(current.data.id, current.data);
  return (
    <Select
      aria-label="Org"
      placeholder="Pick an org"
      searchable
      w={{ base: 130, xs: 220 }}
      value={orgId}
      data={[...orgs.values()].map((org) => ({ value: org.id, label: orgName(org) }))}
      // The server has already filtered; an id would not match any name.
      filter={({ options }) => options}
      searchValue={typed}
      onSearchChange={setTyped}
      nothingFoundMessage={found.isPending ? "Searching…" : "No org with this name or ID"}
      onChange={(id) => {
        if (id !== null) void navigate({ to: "/orgs/$orgId/endpoints", params: { orgId: id } });
      }}
    />
  );
}
