/** Counts with their nouns. */

/** A count with its noun, e.g. "1 attempt", "2,000 attempts". */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? noun : plural}`;
}
