export const secret = null;
export const unsigned = "CloudEvents has no signature; the check parses and validates the event.";
import { HTTP } from "cloudevents";
export const verify = ({ body, headers }) => HTTP.toEvent({ headers, body }).validate();
