/** Finds the name that somebody probably meant. */

/** With more differences, two names are not similar. */
const differencesMax = 3;
/** Bounds the time, because each request may contain another misspelled name. */
const namesMax = 1_000;

/**
 * Returns the most similar name, and of several the first; null if none is similar. A similar name
 * differs in at most three characters, and in at most half of the text's.
 */
export function similarName(names: readonly string[], text: string): string | null {
  let best: string | null = null;
  let most = Math.min(differencesMax, Math.floor(text.length / 2));
  if (most === 0) return null;
  for (const name of names.slice(0, namesMax)) {
    const differences = differencesOf(text, name, most);
    if (differences <= most) [best, most] = [name, differences - 1];
  }
  return best;
}

/** Returns the name with the fewest differences, however many; an empty text if there are none. */
export function nearestName(names: readonly string[], text: string): string {
  let best = names[0] ?? "";
  let fewest = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const differences = differencesOf(text, name, fewest);
    if (differences < fewest) [best, fewest] = [name, differences];
  }
  return best;
}

/**
 * The Levenshtein distance: how many characters to insert, delete or replace.
 * @param most returns infinity for more, often after a few characters.
 */
function differencesOf(from: string, to: string, most: number): number {
  if (Math.abs(from.length - to.length) > most) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let index = 0; index < from.length; index += 1) {
    const next = [index + 1];
    for (let at = 0; at < to.length; at += 1) {
      const replaced = (row[at] ?? 0) + (from[index] === to[at] ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    // No later row has a smaller number than this one's smallest.
    if (Math.min(...next) > most) return Number.POSITIVE_INFINITY;
    row = next;
  }
  return row[to.length] ?? 0;
}
