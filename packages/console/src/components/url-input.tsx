/** A URL field that checks the URL by the API's rules while the user types. */
import { Loader, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import type { ReactNode } from "react";
import { callFunction } from "../api/client.ts";

const typingMs = 500;

export interface UrlInputProps {
  readonly value?: string;
  readonly error?: ReactNode;
  readonly onChange?: (value: string) => void;
  readonly onBlur?: (event: unknown) => void;
}

export function UrlInput({ value = "", error, onChange, onBlur }: UrlInputProps) {
  const [settled] = useDebouncedValue(value.trim(), typingMs);
  const check = useQuery({
    queryKey: ["check_endpoint_url", settled],
    enabled: settled.length > 8,
    retry: false,
    queryFn: ({ signal }) => callFunction("check_endpoint_url", { url: settled }, signal),
  });
  const isCurrent = settled === value.trim() && check.data !== undefined;
  const problem =
    isCurrent && !check.data.is_allowed
      ? [check.data.message, check.data.hint].filter(Boolean).join(" ")
      : null;
  return (
    <TextInput
      label="URL"
      description="Posthorn sends events to this URL by POST. It must be reachable from the internet."
      placeholder="https://example.com/webhooks"
      type="url"
      inputMode="url"
      autoComplete="off"
      spellCheck={false}
      required
      value={value}
      onChange={(event) => onChange?.(event.currentTarget.value)}
      onBlur={onBlur}
      error={error ?? problem}
      rightSection={<Mark isChecking={check.isFetching} isFine={isCurrent && problem === null} />}
    />
  );
}

function Mark(props: { readonly isChecking: boolean; readonly isFine: boolean }) {
  if (props.isChecking) return <Loader size={16} role="img" aria-label="Checking the URL" />;
  return props.isFine ? (
    <CircleCheck
      size={18}
      color="var(--mantine-color-green-7)"
      role="img"
      aria-label="The URL can be used"
    />
  ) : null;
}
