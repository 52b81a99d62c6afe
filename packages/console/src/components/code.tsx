/** Code, JSON and ids, with a copy button. */
import { ActionIcon, Button, CopyButton, Group, Text, Tooltip } from "@mantine/core";
import { Check, Copy } from "lucide-react";

export function CopyIcon({ value, label }: { readonly value: string; readonly label: string }) {
  return (
    <CopyButton value={value} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? "Copied" : label}>
          <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={label}>
            {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}

export function CopyText(props: { readonly value: string; readonly label: string }) {
  return (
    <CopyButton value={props.value} timeout={1500}>
      {({ copied, copy }) => (
        <Button
          variant="default"
          size="compact-sm"
          onClick={copy}
          leftSection={copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
        >
          {copied ? "Copied" : props.label}
        </Button>
      )}
    </CopyButton>
  );
}

/** Shows a complete id, which users can select and copy. */
export function Id({ value, what }: { readonly value: string; readonly what: string }) {
  return (
    <Group gap={4} wrap="nowrap" component="span">
      <Text span size="sm" className="mono untrusted-text">
        {value}
      </Text>
      <CopyIcon value={value} label={`Copy ${what}`} />
    </Group>
  );
}

export function CodeBlock(props: { readonly text: string; readonly label: string }) {
  return (
    // A long block scrolls, so it must be reachable with the keyboard.
    <pre className="code" tabIndex={0} role="region" aria-label={props.label} dir="ltr">
      <code className="untrusted-text">{props.text}</code>
    </pre>
  );
}
