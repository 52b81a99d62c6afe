/** The menus for light or dark mode and for signing out. */
import {
  ActionIcon,
  Menu,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { CircleUser, LogOut, Moon, Sun } from "lucide-react";
import { useSession } from "../api/context.tsx";
import { localTime } from "./time.tsx";

export function ColorSchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const other = scheme === "light" ? "dark" : "light";
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      onClick={() => setColorScheme(other)}
      aria-label={`Use the ${other} colours`}
    >
      {scheme === "light" ? <Moon size={18} aria-hidden /> : <Sun size={18} aria-hidden />}
    </ActionIcon>
  );
}

const words = {
  admin: "Operator",
  api_key: "API key of the org",
  portal_link: "Customer",
} as const;

export function UserMenu() {
  const { session, signOut } = useSession();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Account">
          <CircleUser size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={600}>
            {words[session.kind]}
            {session.role === "read" ? ", read only" : ""}
          </Text>
          <Text size="xs">Until {localTime(session.expires_at)}</Text>
        </Menu.Label>
        <Menu.Item leftSection={<LogOut size={16} aria-hidden />} onClick={signOut}>
          {session.return_url === null ? "Sign out" : "Sign out and go back"}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
