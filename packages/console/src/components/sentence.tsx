/** Shows a sentence of the API, with its times in the viewer's time zone. */
import { Fragment } from "react";
import { Time } from "./time.tsx";

/** Matches times as the API writes them, in UTC. */
const time = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))/;

export function Sentence({ text }: { readonly text: string }) {
  // `split` returns the times at the odd indexes.
  return text.split(time).map((part, index) => (
    // The parts have no other identity, and change only together.
    // oxlint-disable-next-line react/no-array-index-key
    <Fragment key={index}>{index % 2 === 1 ? <Time at={part} /> : part}</Fragment>
  ));
}
