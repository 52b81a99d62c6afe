/** Finds the name that somebody probably meant. */

const likenessLeast = 0.7;
/** Longer text is not compared, because each request may contain another one. */
const charsMax = 256;

/**
 * Returns the name that shares the most pairs of adjacent characters with the text; null if none
 * shares at least 70 % of them.
 */
export function similarName(names: readonly string[], text: string): string | null {
  if (text.length > charsMax) return null;
  const asked = pairsOf(text);
  let best: string | null = null;
  let likenessMost = likenessLeast;
  for (const name of names) {
    const pairs = pairsOf(name);
    const shared = [...pairs].filter((pair) => asked.has(pair)).length;
    const likeness = (2 * shared) / (pairs.size + asked.size);
    if (likeness < likenessMost || (best !== null && likeness === likenessMost)) continue;
    [best, likenessMost] = [name, likeness];
  }
  return best;
}

function pairsOf(text: string): ReadonlySet<string> {
  const count = Math.max(0, text.length - 1);
  return new Set(Array.from({ length: count }, (_, at) => text.slice(at, at + 2)));
}
