/** States as badges: always a word and a colour, never only a colour. */
import { Badge } from "@mantine/core";

const deliveryColors: Readonly<Record<string, string>> = {
  delivered: "green",
  failed: "red",
  pending: "blue",
  cancelled: "gray",
};

export const deliveryStatuses = ["delivered", "pending", "failed", "cancelled"] as const;

export function DeliveryStatus(props: { readonly status: string; readonly attempts?: number }) {
  const { status, attempts = 0 } = props;
  const isRetrying = status === "pending" && attempts > 0;
  return (
    <Badge
      color={isRetrying ? "orange" : (deliveryColors[status] ?? "gray")}
      variant="light"
      tt="none"
      className="badge"
    >
      {isRetrying ? "retrying" : status}
    </Badge>
  );
}

export function EndpointStatus(props: {
  readonly isActive: boolean;
  readonly failingSince?: string | null;
  readonly isDeleted?: boolean;
}) {
  if (props.isDeleted === true) {
    return (
      <Badge color="gray" variant="outline" tt="none" c="dimmed" className="badge">
        deleted
      </Badge>
    );
  }
  const isFailing = props.isActive && typeof props.failingSince === "string";
  const color = props.isActive ? "green" : "gray";
  return (
    <Badge color={isFailing ? "orange" : color} variant="light" tt="none" className="badge">
      {isFailing ? "failing" : props.isActive ? "active" : "off"}
    </Badge>
  );
}

/**
 * Whether a terminal, i.e. `posthorn listen`, is connected.
 *
 * @param props.isConnected null if the endpoint is no terminal.
 */
export function TerminalStatus(props: { readonly isConnected: boolean | null }) {
  const { isConnected } = props;
  if (isConnected === null) return null;
  return (
    <Badge color={isConnected ? "green" : "gray"} variant="light" tt="none" className="badge">
      {isConnected ? "connected" : "not connected"}
    </Badge>
  );
}

/** An attempt's response: its status, or the reason why there is none. */
export function Answer(props: { readonly status: number | null; readonly error: string | null }) {
  if (props.status === null) return <>{props.error ?? "–"}</>;
  return <>{props.status}</>;
}
