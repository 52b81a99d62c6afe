import { expect, test } from "vitest";
import { toCsv, toLines } from "./export.ts";

test("quotes what CSV needs quoted, and keeps spreadsheets from running text", () => {
  const rows = [
    { id: 1, name: 'a "b", c', changes: { x: [1, 2] }, none: null },
    { id: 2, name: "=1+1", changes: {}, none: "line\nbreak" },
  ];
  expect(toCsv(["id", "name", "changes", "none"], rows)).toBe(
    [
      "id,name,changes,none",
      '1,"a ""b"", c","{""x"":[1,2]}",',
      `2,'=1+1,{},"line\nbreak"`,
      "",
    ].join("\r\n"),
  );
  expect(toCsv(["id"], [])).toBe("id\r\n");
});

test.each([
  "=1+1",
  "+1",
  "-1",
  "@SUM(A1)",
  "\t=1",
  "\r=1",
  "\n=1",
  "  =1",
  "\u00a0=1",
  "\uff1d1",
  "\uff0b1",
  "\uff0d1",
  "\uff20A",
])("%j is text in a spreadsheet, as a value and as a column's name", (text) => {
  const [name, value] = toCsv([text], [{ [text]: text }]).split(/\r\n(?=["'])/);
  for (const cell of [name, value]) expect(cell).toMatch(/^"?'/);
});

test("what cannot be a formula stays as it is", () => {
  const row = { number: -1.5, text: "a=b", at: "2026-11-23T00:00:00Z", json: { "=1": "=1" } };
  expect(toCsv(Object.keys(row), [row])).toBe(
    'number,text,at,json\r\n-1.5,a=b,2026-11-23T00:00:00Z,"{""=1"":""=1""}"\r\n',
  );
});

test("writes one JSON object a line", () => {
  expect(toLines([{ a: "x\ny" }, { a: null }])).toBe('{"a":"x\\ny"}\n{"a":null}\n');
  expect(toLines([])).toBe("");
});
