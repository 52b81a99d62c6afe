import { expect, test } from "vitest";
import { toCsv, toLines, withoutNulls } from "./export.ts";
import { memberTexts } from "../../model/json-text.ts";

const membersOf = (row: object): Map<string, string> => memberTexts(JSON.stringify(row));

test("quotes what CSV needs quoted, and keeps spreadsheets from running formulas", () => {
  const rows = [
    { id: 1, name: 'a "b", c', changes: { x: [1, 2] }, none: null },
    { id: 2, name: "=1+1", changes: {}, none: "line\nbreak" },
  ].map(membersOf);
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
  const [name, value] = toCsv([text], [membersOf({ [text]: text })]).split(/\r\n(?=["'])/);
  for (const cell of [name, value]) expect(cell).toMatch(/^"?'/);
});

test("text that cannot be a formula stays unchanged", () => {
  const row = { number: -1.5, text: "a=b", at: "2026-11-23T00:00:00Z", json: { "=1": "=1" } };
  expect(toCsv(Object.keys(row), [membersOf(row)])).toBe(
    'number,text,at,json\r\n-1.5,a=b,2026-11-23T00:00:00Z,"{""=1"":""=1""}"\r\n',
  );
});

test("writes one JSON object per line, whatever the input's line breaks", () => {
  expect(toLines(['{"a":"x\\ny"}', '{"a":\r\n null}'])).toBe('{"a":"x\\ny"}\n{"a":  null}\n');
  expect(toLines([])).toBe("");
});

test("numbers keep their digits", () => {
  const row = memberTexts('{"n":12345678901234567890.10,"j":{"n":1.0}}');
  expect(toCsv(["n", "j"], [row])).toBe('n,j\r\n12345678901234567890.10,"{""n"":1.0}"\r\n');
});

test.each([
  ["null", "null"],
  ['{"a":null}', "{}"],
  ['{"a":null,"b":1.0, "c":null}', '{"b":1.0}'],
  ['[{"a":null},null,{"b":[null,{"c":null,"d":{}}]}]', '[{},null,{"b":[null,{"d":{}}]}]'],
  ['{"null":"null","x\\"}":"{\\"a\\":null}"}', '{"null":"null","x\\"}":"{\\"a\\":null}"}'],
  ['[{"id":1}, \n {"id":12345678901234567890}]', '[{"id":1},{"id":12345678901234567890}]'],
])("%s without nulls is %s", (json, expected) => {
  expect(withoutNulls(json)).toBe(expected);
});
