import { describe, expect, test } from "vitest";
import { createInbox, createMemoryStore } from "./index.ts";

describe("an inbox", () => {
  test("accepts an id once, until it is done, and then never again", async () => {
    const inbox = createInbox();
    expect(await inbox.accept("a")).toBe("new");
    expect(await inbox.accept("a")).toBe("in_progress");
    expect(await inbox.accept("b")).toBe("new");
    await inbox.done("a");
    expect(await inbox.accept("a")).toBe("duplicate");
    expect(await inbox.accept("b")).toBe("in_progress");
  });

  test("accepts an id again after it failed", async () => {
    const inbox = createInbox();
    await inbox.accept("a");
    await inbox.failed("a");
    expect(await inbox.accept("a")).toBe("new");
  });

  test("keeps a done id, although it fails afterwards", async () => {
    const inbox = createInbox();
    await inbox.accept("a");
    await inbox.done("a");
    await inbox.failed("a");
    expect(await inbox.accept("a")).toBe("duplicate");
  });

  test("gives the work to one of many concurrent callers", async () => {
    const inbox = createInbox();
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => inbox.accept("a")));
    expect(verdicts.filter((verdict) => verdict === "new")).toHaveLength(1);
    expect(verdicts.filter((verdict) => verdict === "in_progress")).toHaveLength(49);
  });

  test("treats an id as free if its holder has not finished in time", async () => {
    let now = 0;
    const store = createMemoryStore({ nowMs: () => now });
    const inbox = createInbox({ store, processingMs: 1_000 });
    await inbox.accept("a");
    now = 1_000;
    expect(await inbox.accept("a")).toBe("in_progress");
    now = 1_001;
    expect(await inbox.accept("a")).toBe("new");
    now = 2_001;
    expect(await inbox.accept("a")).toBe("in_progress");
  });
});

describe("once", () => {
  test("calls the work for a new id, and for no other", async () => {
    const inbox = createInbox();
    let calls = 0;
    const work = async (): Promise<void> => {
      calls += 1;
      if (calls === 1) expect(await inbox.once("a", work)).toBe("in_progress");
    };
    expect(await inbox.once("a", work)).toBe("new");
    expect(await inbox.once("a", work)).toBe("duplicate");
    expect(calls).toBe(1);
  });

  test("throws the work's error, and accepts the id again", async () => {
    const inbox = createInbox();
    const fail = (): Promise<never> => Promise.reject(new Error("no disk"));
    await expect(inbox.once("a", fail)).rejects.toThrow("no disk");
    expect(await inbox.once("a", async () => undefined)).toBe("new");
  });

  test("throws the work's error, even if the store fails too", async () => {
    const store = {
      ...createMemoryStore(),
      failed: (): Promise<never> => Promise.reject(new Error("no store")),
    };
    const fail = (): Promise<never> => Promise.reject(new Error("no disk"));
    await expect(createInbox({ store }).once("a", fail)).rejects.toThrow("no disk");
  });
});

describe("the memory store", () => {
  test("drops the id done longest ago when it is full", async () => {
    const inbox = createInbox({ store: createMemoryStore({ idsMax: 2 }) });
    await inbox.accept("working");
    for (const id of ["a", "b", "a", "c"]) {
      await inbox.done(id);
    }
    expect(await inbox.accept("a")).toBe("duplicate");
    expect(await inbox.accept("c")).toBe("duplicate");
    expect(await inbox.accept("b")).toBe("new");
    expect(await inbox.accept("working")).toBe("in_progress");
  });
});
