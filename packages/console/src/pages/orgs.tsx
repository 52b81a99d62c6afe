/** All orgs, for the operator. */
import { Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { orgsQuery } from "../api/queries.ts";
import { NewOrg } from "../components/new-org.tsx";
import { Page, TextLink } from "../components/page.tsx";
import { Empty, Failure, Loading } from "../components/states.tsx";
import { Time } from "../components/time.tsx";

const typingMs = 250;

export function OrgsPage() {
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed.trim(), typingMs);
  const orgs = useQuery(orgsQuery(search));
  return (
    <Page title="Orgs" lead="The platform's customers." actions={<NewOrg />}>
      <TextInput
        aria-label="Search orgs"
        placeholder="Name or ID"
        maw={360}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {orgs.isPending ? <Loading /> : null}
      {orgs.error === null ? null : (
        <Failure error={orgs.error} onRetry={() => void orgs.refetch()} />
      )}
      {orgs.data?.length === 0 ? (
        <Empty title={search === "" ? "No org yet" : "No orgs match"}>
          Posthorn creates an org the first time its ID is used.
        </Empty>
      ) : null}
      {orgs.data !== undefined && orgs.data.length > 0 ? (
        <Table verticalSpacing="sm" className="cards" layout="fixed" aria-label="Orgs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th w="45%">ID</Table.Th>
              <Table.Th w={160}>Created</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {orgs.data.map((org) => (
              <Table.Tr key={org.id}>
                <Table.Td data-label="Name">
                  <TextLink
                    to="/orgs/$orgId/endpoints"
                    params={{ orgId: org.id }}
                    className="untrusted-text"
                  >
                    {org.name ?? "(no name)"}
                  </TextLink>
                </Table.Td>
                <Table.Td data-label="ID">
                  <span className="mono untrusted-text">{org.id}</span>
                </Table.Td>
                <Table.Td data-label="Created">
                  <Time at={org.created_at} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      ) : null}
      {orgs.data?.length === 50 ? (
        <Text size="sm">The list shows the newest 50 orgs. Search to find others.</Text>
      ) : null}
    </Page>
  );
}
