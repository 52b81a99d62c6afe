/** The dead letters of all orgs. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { DeliveryFilters } from "../components/delivery-filters.tsx";
import { DeliveryList } from "../components/delivery-list.tsx";
import { Page } from "../components/page.tsx";

export function DeadLettersPage() {
  const search = useSearch({ from: "/shell/dead-letters" });
  const navigate = useNavigate();
  return (
    <Page
      title="Dead letters"
      lead="Failed deliveries of all orgs. Posthorn no longer retries them. Newest first."
    >
      <DeliveryFilters
        orgId={null}
        value={search}
        hides={["status", "endpoint"]}
        onChange={(next) => void navigate({ to: "/dead-letters", search: next })}
      />
      <DeliveryList filter={{ orgId: null, ...search, status: "failed" }} />
    </Page>
  );
}
