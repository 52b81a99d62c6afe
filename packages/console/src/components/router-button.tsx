/** A button that leads to another page of the console. */
import { Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import { forwardRef, type ComponentPropsWithoutRef } from "react";

const AnchorButton = forwardRef<
  HTMLAnchorElement,
  ButtonProps & Omit<ComponentPropsWithoutRef<"a">, keyof ButtonProps>
>(function AnchorButton(props, ref) {
  return <Button component="a" ref={ref} {...props} />;
});

export const LinkButton = createLink(AnchorButton);
