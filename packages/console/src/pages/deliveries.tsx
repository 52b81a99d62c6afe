/** An org's deliveries. */
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { DeliveryFilters } from "../components/delivery-filters.tsx";
import { DeliveryList } from "../components/delivery-list.tsx";
import { Page } from "../components/page.tsx";

export function DeliveriesPage() {
  const { orgId } = useParams({ from: "/shell/orgs/$orgId/deliveries" });
  const search = useSearch({ from: "/shell/orgs/$orgId/deliveries" });
  const navigate = useNavigate();
  return (
    <Page title="Deliveries" lead="Each event for each endpoint, newest first. The list is live.">
      <DeliveryFilters
        orgId={orgId}
        value={search}
        onChange={(next) =>
          void navigate({ to: "/orgs/$orgId/deliveries", params: { orgId }, search: next })
        }
      />
      <DeliveryList filter={{ orgId, ...search }} />
    </Page>
  );
}
