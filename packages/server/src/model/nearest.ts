/** Finds the name that the writer of a misspelled name probably meant. */

/** Names with more differences than this are not similar. */
const differencesMax = 3;

/**
 * Returns the most similar candidate, or null if none is similar. Compares at most 1,000 candidates
 * and their first 64 characters, so that the time is bounded.
 */
export function nearestName(name: string, candidates: readonly string[]): string | null {
  let nearest: string | null = null;
  let least = Math.min(differencesMax + 1, name.length);
  for (const candidate of candidates.slice(0, 1_000)) {
    const differences = differencesOf(name.slice(0, 64), candidate.slice(0, 64));
    if (differences < least) [nearest, least] = [candidate, differences];
  }
  return nearest;
}

/** The Levenshtein distance: how many characters to insert, delete or replace. */
function differencesOf(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1);
      const deleted = (previous[column] ?? 0) + 1;
      const inserted = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, deleted, inserted));
    }
    previous = current;
  }
  return previous[other.length] ?? 0;
}
