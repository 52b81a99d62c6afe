/** The name and logo of the platform that runs this console. */
import { Group, Text } from "@mantine/core";
import { createContext, useContext } from "react";
import type { PlatformTheme } from "./theme.ts";
import ownLogo from "./posthorn.svg";

export const PlatformContext = createContext<PlatformTheme>({
  name: "Posthorn",
  accent: null,
  logo: null,
});

export function usePlatform(): PlatformTheme {
  return useContext(PlatformContext);
}

export function Brand() {
  const { name, logo } = usePlatform();
  return (
    <Group gap="xs" wrap="nowrap" miw={0}>
      <img src={logo ?? ownLogo} alt="" height={26} />
      <Text fw={700} className="truncate" maw={200} miw={0}>
        {name}
      </Text>
    </Group>
  );
}
