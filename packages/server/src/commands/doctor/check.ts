/** A result of `posthorn doctor`. */

export interface DoctorCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, in a few words. */
  readonly found: string;
  /** What to do about a problem; null if there is none. */
  readonly what_to_do: string | null;
}

export function fine(name: string, found: string): DoctorCheck {
  return { name, ok: true, found, what_to_do: null };
}

export function problem(name: string, found: string, whatToDo: string): DoctorCheck {
  return { name, ok: false, found, what_to_do: whatToDo };
}
