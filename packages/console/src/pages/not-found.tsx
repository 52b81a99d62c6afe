import { Page, TextLink } from "../components/page.tsx";
import { Empty } from "../components/states.tsx";

export function NotFound() {
  return (
    <Page title="Page not found">
      <Empty title="This address leads nowhere">
        The page does not exist, or it belongs to another org.{" "}
        <TextLink to="/" underline="always">
          Home
        </TextLink>
      </Empty>
    </Page>
  );
}
