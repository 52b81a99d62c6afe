/** A service for fuzzing. */
export interface Served {
  readonly port: number;
  close(): Promise<void>;
}
export async function startServed(): Promise<Served> {
  throw new Error("not yet");
}
