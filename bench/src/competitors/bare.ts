/** The upper limit: signs and posts, 64 requests at a time, without storing anything. */
import { randomUUID } from "node:crypto";
import { serveParent } from "../parts/child.ts";
import { nowUs, payload } from "../parts/payload.ts";
import type { CompetitorStart, Run } from "./competitor.ts";
import { createPoster, type Poster } from "./posting.ts";

const atOnce = 64;
let poster: Poster;

async function run({ count, paths }: Run): Promise<number> {
  const startedUs = nowUs();
  let next = 0;
  const loop = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const path = paths[index % paths.length] as string;
      const status = await poster.post(path, randomUUID(), payload(nowUs()));
      if (status !== 204) throw new Error(`The receiver responded with status ${status}.`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
  return (nowUs() - startedUs) / 1000;
}

serveParent({
  start: ({ receiverUrl }: CompetitorStart) => {
    poster = createPoster(receiverUrl);
  },
  run,
  stop: () => poster.close(),
});
