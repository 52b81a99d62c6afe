/** Shows how an attempt's time was spent. */
import { Group, Progress, Stack, Text } from "@mantine/core";
import type { Attempt } from "../api/types.ts";
import { duration } from "./time.tsx";

interface Phase {
  readonly label: string;
  readonly ms: number;
  readonly color: string;
}

/**
 * The phases that took place, in their order. The rest of the time was spent on the response's
 * body. A pure function.
 */
export function phasesOf(attempt: Attempt): readonly Phase[] {
  const { dns_ms, wait_ms, connect_ms, tls_ms, first_byte_ms, duration_ms } = attempt;
  const known = [
    { label: "DNS", ms: dns_ms, color: "violet" },
    { label: "Waiting for a connection", ms: wait_ms, color: "gray" },
    { label: "Connect", ms: connect_ms, color: "orange" },
    { label: "TLS", ms: tls_ms, color: "pink" },
    { label: "First byte", ms: first_byte_ms, color: "green" },
  ].filter((phase): phase is Phase => phase.ms !== null && phase.ms !== undefined);
  const accounted = known.reduce((sum, { ms }) => sum + ms, 0);
  const rest = Math.max(0, duration_ms - accounted);
  const label = first_byte_ms === null ? "No answer" : "Rest of the answer";
  return rest >= 1 ? [...known, { label, ms: rest, color: "blue" }] : known;
}

export function TimingBar({ attempt }: { readonly attempt: Attempt }) {
  const phases = phasesOf(attempt);
  const total = phases.reduce((sum, { ms }) => sum + ms, 0);
  if (total === 0) return null;
  return (
    <Stack gap={6}>
      <Progress.Root size="md" aria-hidden>
        {phases.map(({ label, ms, color }) => (
          <Progress.Section key={label} value={(100 * ms) / total} color={color} />
        ))}
      </Progress.Root>
      <Group gap="md" component="ul" m={0} p={0} style={{ listStyle: "none" }} aria-label="Times">
        {phases.map(({ label, ms, color }) => (
          <Text key={label} component="li" size="xs">
            <span aria-hidden style={{ color: `var(--mantine-color-${color}-6)` }}>
              ■
            </span>{" "}
            {label} {duration(ms)}
          </Text>
        ))}
        <Text component="li" size="xs" fw={600}>
          Total {duration(attempt.duration_ms)}
        </Text>
      </Group>
    </Stack>
  );
}
