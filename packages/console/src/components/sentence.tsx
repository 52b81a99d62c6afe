/** A sentence of the API, with its times in the viewer's zone. */
import { Fragment } from "react";
import { Time } from "./time.tsx";

/** As the API writes times, in UTC. */
const time = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))/;

export function Sentence({ text }: { readonly text: string }) {
  // Each second part is a time.
  return text.split(time).map((part, index) => (
    // The parts have no other identity, and change only together.
    // oxlint-disable-next-line react/no-array-index-key
    <Fragment key={index}>{index % 2 === 1 ? <Time at={part} /> : part}</Fragment>
  ));
}
