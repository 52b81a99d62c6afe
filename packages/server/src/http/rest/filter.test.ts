import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import { parseFilter, parseLogicTree, type Filter, type LogicTree } from "./filter.ts";

/** Writes a filter as one line: its column and path, then the comparison. */
function shown(filter: Filter | LogicTree): string {
  const not = filter.isNegated ? "not " : "";
  if (filter.kind !== "filter") {
    return `${not}(${filter.members.map(shown).join(` ${filter.kind} `)})`;
  }
  const { column, path } = filter.field;
  const field = column + path.map(({ arrow, key }) => arrow + JSON.stringify(key)).join("");
  const { condition } = filter;
  switch (condition.kind) {
    case "is":
      return `${not}${field} is ${condition.value}`;
    case "in":
      return `${not}${field} in ${JSON.stringify(condition.values)}`;
    case "compare": {
      const quantifier = condition.quantifier === null ? "" : ` ${condition.quantifier}`;
      return `${not}${field} ${condition.operator}${quantifier} ${JSON.stringify(condition.value)}`;
    }
  }
}

const code = (expected: string): unknown => expect.objectContaining({ code: expected });

describe("a filter", () => {
  test.each([
    ["a", "eq.1", 'a = "1"'],
    ["a", "eq.", 'a = ""'],
    ["a", "eq.null", 'a = "null"'],
    ["a", 'eq."x"', String.raw`a = "\"x\""`],
    ["a", "eq.x.y,z)", 'a = "x.y,z)"'],
    ["a", "neq.1", 'a <> "1"'],
    ["a", "gte.1", 'a >= "1"'],
    ["a", "gt.1", 'a > "1"'],
    ["a", "lte.1", 'a <= "1"'],
    ["a", "lt.1", 'a < "1"'],
    ["a", "like.*x", 'a like "*x"'],
    ["a", "ilike.x", 'a ilike "x"'],
    ["a", "match.^x", 'a ~ "^x"'],
    ["a", "imatch.^x", 'a ~* "^x"'],
    ["a", "cs.{b}", 'a @> "{b}"'],
    ["a", "cd.{b}", 'a <@ "{b}"'],
    ["a", "ov.{b}", 'a && "{b}"'],
    ["a", "isdistinct.x", 'a is distinct from "x"'],
    ["a", "not.eq.1", 'not a = "1"'],
    ["a", "eq(any).{1,2}", 'a = any "{1,2}"'],
    ["a", "not.like(all).{x*,y}", 'not a like all "{x*,y}"'],
    ["a", "is.null", "a is null"],
    ["a", "is.NOT_NULL", "a is not_null"],
    ["a", "not.is.True", "not a is true"],
    ["a", "is.unknown", "a is unknown"],
    ["a", "is.null and more", "a is null"],
    ["a", "in.(1,2)", 'a in ["1","2"]'],
    ["a", "in.()", "a in []"],
    ["a", "not.in.()", "not a in []"],
    ["a", "in.(   )", "a in []"],
    ["a", "in.( ,3)", 'a in ["","3"]'],
    ["a", "in.(x y, z)", 'a in ["x y"," z"]'],
    ["a", 'in.("b,c","d(e)")', 'a in ["b,c","d(e)"]'],
    ["a", 'in.("\\"\\\\")', String.raw`a in ["\"\\"]`],
    ["a", 'in.(a"b)', String.raw`a in ["a\"b"]`],
    ["a", 'in.("a"b,c)', String.raw`a in ["\"a\"b","c"]`],
    ["a", "in.(1)junk", 'a in ["1"]'],
    ["p->b", "eq.1", 'p->"b" = "1"'],
    ["p->>b", "eq.1", 'p->>"b" = "1"'],
    ["p->0->-1->>c", "eq.1", 'p->0->-1->>"c" = "1"'],
    ["p->1a", "eq.1", 'p->"1a" = "1"'],
    ["p->a-b", "eq.1", 'p->"a-b" = "1"'],
    ['p->"a.b"', "eq.1", 'p->"a.b" = "1"'],
    [" a ", "eq.1", 'a = "1"'],
    ["a-b c$", "eq.1", 'a-b c$ = "1"'],
    ['"a.\\"b"', "eq.1", 'a."b = "1"'],
  ])("%s=%s", (name, value, expected) => {
    expect(shown(parseFilter(name, value))).toBe(expected);
  });

  test.each([
    ["a", "0"],
    ["a", ""],
    ["a", "1"],
    ["a", "eq"],
    ["a", "EQ.1"],
    ["a", "constructor.1"],
    ["a", "not.not.eq.1"],
    ["a", "neq(any).{1}"],
    ["a", "eq(some).{1}"],
    ["a", "is.nul"],
    ["a", "is.nullish"],
    ["a", "in.1"],
    ["a", "in.(1"],
    ["", "eq.1"],
    ["b.a", "eq.1"],
    ["a->", "eq.1"],
    ["a->>", "eq.1"],
  ])("%s=%s is PGRST100", (name, value) => {
    expect(() => parseFilter(name, value)).toThrow(code("PGRST100"));
  });

  test("an unreadable filter gets PostgREST's error", () => {
    expect(() => parseFilter("id", "0")).toThrow(
      expect.objectContaining({
        message: '"failed to parse filter (0)" (line 1, column 1)',
        details: 'unexpected "0" expecting "not" or operator (eq, gt, ...)',
      }),
    );
  });

  test("full-text search and range operators are PGRST127", () => {
    const fullText = ["fts.x", "plfts(english).x", "not.wfts.x", "phfts.x"];
    for (const value of [...fullText, "sl.[1,2)", "sr.x", "nxr.x", "not.nxl.x", "adj.x"]) {
      expect(() => parseFilter("a", value)).toThrow(code("PGRST127"));
    }
  });
});

describe("a logic tree", () => {
  test.each([
    ["(a.eq.1)", '(a = "1")'],
    ["(a.eq.1,b.not.gt.2)", '(a = "1" or not b > "2")'],
    ["( a.eq.1 ,\tb.is.null )", '(a = "1 " or b is null)'],
    ["(and(a.eq.1,b.eq.2),c.eq.3)", '((a = "1" and b = "2") or c = "3")'],
    ["(not.and(a.eq.1,not.or(b.eq.2)))", '(not (a = "1" and not (b = "2")))'],
    ['(a.eq."x,y)",b.eq.z)', '(a = "x,y)" or b = "z")'],
    ['(a.eq."\\"q\\\\")', String.raw`(a = "\"q\\")`],
    ['(a.eq."x"y)', String.raw`(a = "\"x\"y")`],
    ["(a.cs.{1,2},b.eq.1)", '(a @> "{1,2}" or b = "1")'],
    ["(a.in.(1,2),b.eq.1)", '(a in ["1","2"] or b = "1")'],
    ["(a.eq.)", '(a = "")'],
    ["(a.eq.x.y)", '(a = "x.y")'],
    ["(p->>b.eq.1,p->0.is.null)", '(p->>"b" = "1" or p->0 is null)'],
    ["(and.eq.1)", '(and = "1")'],
    ["(a.eq.1)junk", '(a = "1")'],
  ])("or=%s", (value, expected) => {
    expect(shown(parseLogicTree("or", false, value))).toBe(expected);
  });

  test.each(["", "()", "(a.eq.1", "(a.eq.1,)", "a.eq.1", "(a)", "(a.nope.1)", "(and())"])(
    "or=%s is PGRST100",
    (value) => {
      expect(() => parseLogicTree("or", false, value)).toThrow(code("PGRST100"));
    },
  );

  test("nests as deep as the limit, and no deeper", () => {
    const nested = (depth: number): string =>
      depth === 1 ? "(a.eq.1)" : `(and${nested(depth - 1)})`;
    parseLogicTree("or", false, nested(limits.filterDepthMax));
    expect(() => parseLogicTree("or", false, nested(limits.filterDepthMax + 1))).toThrow(
      code("PH_QUERY_TOO_COMPLEX"),
    );
  });
});

describe("any text", () => {
  const tokens = [
    ...'()[]{},."\\ -a1'.split(""),
    ..."eq. not. in.( is. null -> ->> and( or( (any) fts.".split(" "),
  ];
  const fragments = fc
    .array(fc.oneof(fc.constantFrom(...tokens), fc.string({ maxLength: 3 })))
    .map((parts) => parts.join(""));
  const refused = (work: () => unknown): void => {
    try {
      work();
    } catch (error) {
      expect(error).toBeInstanceOf(PosthornError);
    }
  };

  test("is parsed or rejected with PosthornError", () => {
    fc.assert(
      fc.property(fragments, fragments, (name, value) => {
        refused(() => parseFilter(name, value));
        refused(() => parseLogicTree("and", false, value));
        refused(() => parseLogicTree("and", false, `(${value})`));
      }),
      { numRuns: 500 },
    );
  });

  test("quoted text survives a round trip, in lists and trees", () => {
    const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (values) => {
        const list = `in.(${values.map(quote).join(",")})`;
        expect(parseFilter("a", list).condition).toEqual({ kind: "in", values });
        const tree = parseLogicTree(
          "or",
          false,
          `(${values.map((v) => `a.eq.${quote(v)}`).join(",")})`,
        );
        expect(tree.members.map((each) => each.kind === "filter" && each.condition)).toEqual(
          values.map((value) => ({ kind: "compare", operator: "=", quantifier: null, value })),
        );
      }),
    );
  });
});
