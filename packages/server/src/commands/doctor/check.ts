/** The result of one check of `posthorn doctor`. */

export interface DoctorCheck {
  readonly name: string;
  readonly ok: boolean;
  /** A few words about what the check found. */
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
