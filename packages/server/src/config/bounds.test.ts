import { describe, expect, test } from "vitest";
import { boundsFor, readResources } from "./bounds.ts";
import { limits } from "../limits.ts";

const heapBytesMax = 4 * 1024 ** 3;

test("with many files, or an unknown limit, the usual limits apply", () => {
  for (const openFilesMax of [null, 20_000, 1_048_576]) {
    expect(boundsFor({ openFilesMax, heapBytesMax })).toMatchObject({
      socketsMax: limits.socketsMax,
      inFlightMax: limits.inFlightMax,
      connectionsMax: limits.connectionsMax,
    });
  }
});

test.each([128, 256, 512, 1_024, 4_096])(
  "with %i files, no file is assigned twice",
  (openFilesMax) => {
    const bounds = boundsFor({ openFilesMax, heapBytesMax });
    const { socketsMax, inFlightMax, connectionsMax } = bounds;
    expect(inFlightMax).toBeLessThan(socketsMax);
    expect(socketsMax + connectionsMax).toBeLessThanOrEqual(
      openFilesMax - limits.openFilesReserved,
    );
  },
);

test("a node works with the minimum, however few file descriptors it has", () => {
  const { inFlightMax, socketsMax, connectionsMax } = boundsFor({ openFilesMax: 50, heapBytesMax });
  expect([inFlightMax, socketsMax, connectionsMax]).toEqual(Array(3).fill(limits.inFlightLeast));
});

test("reads the limit of open files where the system shows it", () => {
  const { openFilesMax, heapBytesMax: heap } = readResources();
  if (process.platform === "linux") expect(openFilesMax).toBeGreaterThan(50);
  expect(heap).toBeGreaterThan(16 * 1024 ** 2);
});

describe("data in memory", () => {
  const openFilesMax = null;
  const miB = 1024 ** 2;

  test("has its usual limits if the heap is large", () => {
    expect(boundsFor({ openFilesMax, heapBytesMax: 2_048 * miB })).toMatchObject({
      queuedDataCharsMax: limits.queuedDataCharsMax,
      publishBytesWaitingMax: limits.publishBytesWaitingMax,
    });
    const { inFlightDataCharsMax } = boundsFor({ openFilesMax, heapBytesMax: 16_384 * miB });
    expect(inFlightDataCharsMax).toBe(limits.inFlightDataCharsMax);
  });

  test.each([256, 512, 1_024])("takes no more than half of a heap of %i MiB", (heapMiB) => {
    const bounds = boundsFor({ openFilesMax, heapBytesMax: heapMiB * miB });
    const { queuedDataCharsMax, inFlightDataCharsMax, publishBytesWaitingMax } = bounds;
    // JSON nearly always needs one byte per character. An attempt holds both its data and its body
    // in memory.
    const bytes = queuedDataCharsMax + 2 * inFlightDataCharsMax + publishBytesWaitingMax;
    expect(bytes).toBeLessThanOrEqual((heapMiB * miB) / 2);
  });

  test("has room for some of the largest events in any heap", () => {
    const { queuedDataCharsMax } = boundsFor({ openFilesMax, heapBytesMax: 8 * miB });
    expect(queuedDataCharsMax).toBe(8 * limits.bodyBytesMax);
  });
});
