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

test("writes one JSON object a line", () => {
  expect(toLines([{ a: "x\ny" }, { a: null }])).toBe('{"a":"x\\ny"}\n{"a":null}\n');
  expect(toLines([])).toBe("");
});
