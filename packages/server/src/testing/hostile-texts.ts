/** Texts that could leave their line, move a cursor, or reverse the text's direction. */
export const hostileTexts: readonly string[] = [
  "a\nb",
  "a\r\nb",
  "\u001b[31mred\u001b[0m",
  "\u009b31mred",
  "\u001b]8;;http://evil.test\u0007link",
  "\u0000\u0007\u0008\u007f\u0085",
  "a\u2028b\u2029c",
  "\u202egnp.exe",
  "\u2066a\u2069\u200f\u061c",
  "\ufeffa\u200bb",
  "lone \ud800 surrogate",
  '","level":"fatal","x":"',
  "\\u001b[31m",
];
