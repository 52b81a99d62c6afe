/** Errors about one element of an array say in `details` which element it is. */
import { PosthornError } from "./catalogue.ts";

/** The place of an element in an array of `count` elements. */
export interface Place {
  readonly index: number;
  readonly count: number;
}

/** Adds the element's place to the error's details. With one element there is nothing to add. */
export function withPlace(error: unknown, { index, count }: Place): unknown {
  if (!(error instanceof PosthornError) || count < 2) return error;
  const sentence = `Element ${index + 1} of the array (index ${index}).`;
  error.details = error.details === null ? sentence : `${error.details} ${sentence}`;
  return error;
}

/** Returns the result of `work`, whose errors name the element. */
export function aboutElement<Result>(place: Place, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw withPlace(error, place);
  }
}
