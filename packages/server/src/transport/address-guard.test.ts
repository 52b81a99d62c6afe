import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PosthornError } from "../errors/catalogue.ts";
import { addressVerdict, parseCidrs, worstVerdict } from "./address-guard.ts";
import { addressCorpus } from "./testing/address-corpus.ts";

const closed = { exceptions: [] };

function policy(list: string): { exceptions: ReturnType<typeof parseCidrs> } {
  return { exceptions: parseCidrs(list) };
}

describe("the verdict on an address", () => {
  test.each(addressCorpus)("$ip is $verdict with '$allowCidrs': $reason", (row) => {
    expect(addressVerdict(row.ip, policy(row.allowCidrs))).toBe(row.verdict);
  });

  test("is the worst one if an answer has several", () => {
    const open = policy("10.0.0.0/8");
    expect(worstVerdict(["10.0.0.1", "10.0.0.2"], open)).toBe("exception");
    expect(worstVerdict(["10.0.0.1", "8.8.8.8"], open)).toBe("public");
    expect(worstVerdict(["10.0.0.1", "8.8.8.8", "192.168.0.1"], open)).toBe("denied");
    expect(worstVerdict([], open)).toBe("denied");
  });
});

describe("an exception", () => {
  test("changes the verdict on no address outside it", () => {
    const open = policy("10.20.0.0/14,fd00::/64,192.0.2.7");
    const changed = new Set(
      addressCorpus
        .map(({ ip }) => ip)
        .filter((ip) => addressVerdict(ip, open) !== addressVerdict(ip, closed)),
    );
    expect([...changed]).toEqual(["fd00::1", "fd00::3", "fd00::2"]);
  });
});

describe("a list of ranges", () => {
  test("may be empty, have spaces, and contain single addresses", () => {
    expect(parseCidrs("")).toEqual([]);
    expect(parseCidrs("  ")).toEqual([]);
    const written = parseCidrs(" 10.0.0.0/8 ,fd00::/8,  192.168.1.1 , ::1");
    expect(written.map((each) => [each.network.toString(), each.prefixBits])).toEqual([
      ["10.0.0.0", 8],
      ["fd00::", 8],
      ["192.168.1.1", 32],
      ["::1", 128],
    ]);
  });

  test.each([
    ["10.0.0.0/33", "from 0 to 32"],
    ["::/129", "from 0 to 128"],
    ["10.0.0.0/-1", "from 0 to 32"],
    ["10.0.0.0/", "from 0 to 32"],
    ["10.0.0.0/8.0", "from 0 to 32"],
    ["10.0.0.0/0x8", "from 0 to 32"],
    ["10.0.0.0/8/8", "must be an IP address"],
    ["10.0.0.0-10.0.0.9", "must be an IP address"],
    ["10.*", "must be an IP address"],
    ["127.1/8", "must be an IP address"],
    ["localhost", "must be an IP address"],
    ["fe80::1%eth0/64", "must be an IP address"],
    ["[::1]/128", "must be an IP address"],
    ["10.1.2.3/8", "not the first address of a /8"],
    ["fd00::1/64", "not the first address of a /64"],
    ["::ffff:0.0.0.0/95", "not the first address"],
    ["::ffff:0:0/90", "not the first address"],
  ])("is rejected for %s", (bad, reason) => {
    const list = `192.168.0.0/16, ${bad} ,::1/128`;
    const error = thrownBy(() => parseCidrs(list));
    expect(error.code).toBe("PH_CIDR_INVALID");
    expect(error.message).toContain(JSON.stringify(bad));
    expect(error.message).toContain(reason);
  });

  test("is rejected for an empty part", () => {
    expect(thrownBy(() => parseCidrs("10.0.0.0/8,,::1")).code).toBe("PH_CIDR_INVALID");
    expect(thrownBy(() => parseCidrs("10.0.0.0/8,")).code).toBe("PH_CIDR_INVALID");
  });

  test("throws no other error, for any text", () => {
    const character = fc.constantFrom(...Array.from("0123456789./:,abcdefx% -"));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: character })), (list) => {
        try {
          parseCidrs(list);
        } catch (error) {
          expect(error).toBeInstanceOf(PosthornError);
        }
      }),
    );
  });
});

function thrownBy(action: () => unknown): PosthornError {
  try {
    action();
  } catch (error) {
    if (error instanceof PosthornError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
