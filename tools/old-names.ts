/**
 * Names that were replaced by common technical terms. tools/old-names.test.ts fails if one of them
 * is used again.
 */

export interface OldName {
  readonly pattern: RegExp;
  /** The name to use instead. */
  readonly write: string;
  /** A text that the pattern must match. So a typo in the pattern fails the test. */
  readonly example: string;
}

/** Identifiers in code. Comments are not searched. */
export const oldIdentifiers: readonly OldName[] = [
  { pattern: /\bLanes?\b|\blanes?\b/, write: "EndpointQueue", example: "new Lane()" },
  { pattern: /\bTurns\b(?! )/, write: "FairAllocator", example: "new Turns()" },
  { pattern: /\bPace\b/, write: "EndpointThrottle", example: "new Pace()" },
  { pattern: /\bSharers?\b/, write: "FairAllocator", example: "new Sharer()" },
  { pattern: /\bgoToEnd\b/, write: "moveToEnd", example: "line.goToEnd(place)" },
  { pattern: /\bisWalled\b/, write: "hasRowSecurity", example: "tenants.isWalled" },
  { pattern: /\buntilNone\b/, write: "inBatches", example: "await untilNone(step)" },
  { pattern: /(?<![\w.])only\(/, write: "singleRow", example: "return only(rows)" },
  { pattern: /[uU]nleased/, write: "spilled", example: "isUnleased" },
  { pattern: /linger|Linger/, write: "preStopDelay", example: "config.lingerMs" },
  { pattern: /\b[rR]econstruct\b|Reconstruct/, write: "rebuildRequest", example: "Reconstruct" },
  { pattern: /[tT]all(?:y|ies)/, write: "fast metrics", example: "new Tallies()" },
  { pattern: /[cC]ontestant/, write: "competitor", example: "startContestants" },
  { pattern: /\basker|\bAsker/, write: "caller", example: "for (const asker of askers)" },
  { pattern: /\bdoors\b|\bdoorsIn\b|\bDoor\b/, write: "egressAllowlist", example: "doors.some()" },
  { pattern: /\bspells?\b|Spells?\b(?!\w)/, write: "failureStreak", example: "nextSpell(spell)" },
  { pattern: /\bslices\b|\bfailingSlices\b/, write: "failedParts", example: "spell.slices" },
  { pattern: /\btell(?:All|Sql)\b|#tell\b/, write: "notify", example: "tellAll(observers)" },
  { pattern: /\bisTold\b/, write: "isNotified", example: "endpoint.isTold" },
  {
    pattern: /\bnoticeTypes|\bNotice(?:Type)?\b/,
    write: "operationalEvent",
    example: "noticeTypes",
  },
  { pattern: /\b(?:close)?Gate(?:Options)?\b/, write: "CommitBarrier", example: "closeGate()" },
  { pattern: /\b(?:start)?Trap(?:Endpoints)?\b/, write: "SsrfCanary", example: "startTrap()" },
  { pattern: /\bstartLink\b/, write: "startTcpProxy", example: "startLink(url)" },
  { pattern: /\bBreaks?\b/, write: "Mutation", example: "const breaks: Breaks = {}" },
  {
    // Allows `SignedParts`, because the specification calls the signed values parts.
    pattern: /\b(?!Signed)[A-Z]\w*Parts\b(?!")|\bParts\b(?= \{|;|,|\))/,
    write: "Dependencies",
    example: "interface AppParts {}",
  },
  {
    pattern: /className="(?:[\w -]* )?foreign\b/,
    write: "untrusted-text",
    example: 'className="foreign"',
  },
];

/** Names of files and folders, relative to the project's root. */
export const oldPaths: readonly OldName[] = [
  { pattern: /(?:^|\/)wire\.ts$/, write: "compose.ts", example: "src/wire.ts" },
  { pattern: /(?:^|\/)lane(?:\.test)?\.ts$/, write: "endpoint-queue.ts", example: "src/lane.ts" },
  { pattern: /(?:^|\/)turns(?:\.test)?\.ts$/, write: "fair-allocator.ts", example: "src/turns.ts" },
  {
    pattern: /(?:^|\/)pace(?:\.test)?\.ts$/,
    write: "endpoint-throttle.ts",
    example: "src/pace.ts",
  },
  { pattern: /(?:^|\/)line(?:\.test)?\.ts$/, write: "linked-list.ts", example: "model/line.ts" },
  {
    pattern: /(?:^|\/)shares(?:\.test)?\.ts$/,
    write: "fair-allocator.ts",
    example: "src/shares.ts",
  },
  {
    pattern: /(?:^|\/)directory(?:\.test)?\.ts$/,
    write: "endpoint-cache.ts",
    example: "a/directory.ts",
  },
  {
    pattern: /(?:^|\/)tallies(?:\.test)?\.ts$/,
    write: "fast-metrics.ts",
    example: "src/tallies.ts",
  },
  {
    pattern: /(?:^|\/)linger(?:\.test)?\.ts$/,
    write: "pre-stop-delay.ts",
    example: "http/linger.ts",
  },
  {
    pattern: /(?:^|\/)reconstruct(?:\.test)?\.ts$/,
    write: "rebuild-request.ts",
    example: "a/reconstruct.ts",
  },
  {
    pattern: /(?:^|\/)notice(?:\.test)?\.ts$/,
    write: "operational-event.ts",
    example: "model/notice.ts",
  },
  {
    pattern: /(?:^|\/)doors(?:\.test)?\.ts$/,
    write: "egress-allowlist.ts",
    example: "tools/doors.ts",
  },
  {
    pattern: /^drills\/.*\/gate\.ts$/,
    write: "commit-barrier.ts",
    example: "drills/src/parts/gate.ts",
  },
  {
    pattern: /^drills\/.*\/trap\.ts$/,
    write: "ssrf-canary.ts",
    example: "drills/src/parts/trap.ts",
  },
  { pattern: /^drills\/.*\/link\.ts$/, write: "tcp-proxy.ts", example: "drills/src/parts/link.ts" },
  {
    pattern: /^drills\/.*\/breaks(?:\.test)?\.ts$/,
    write: "mutations.ts",
    example: "drills/test/breaks.test.ts",
  },
  { pattern: /(?:^|\/)askers\.ts$/, write: "callers.ts", example: "test/support/askers.ts" },
  {
    pattern: /\/canary[\w-]*(?:\.test)?\.ts$/,
    write: "secret-leak-*.ts",
    example: "test/canary.test.ts",
  },
  {
    pattern: /^packages\/console\/src\/parts\//,
    write: "components/",
    example: "packages/console/src/parts/a.tsx",
  },
  {
    pattern: /^packages\/console\/src\/words\//,
    write: "copy/",
    example: "packages/console/src/words/a.ts",
  },
  {
    pattern: /\/contestants?(?:\.ts$|\/)/,
    write: "competitors/",
    example: "bench/src/contestants/a.ts",
  },
];

/** Returns `place: old name -> new name` for each old identifier in the code of one file. */
export function oldNamesIn(file: string, text: string): readonly string[] {
  return withoutComments(text)
    .split("\n")
    .flatMap((line, index) =>
      oldIdentifiers
        .filter(({ pattern }) => pattern.test(line))
        .map(({ pattern, write }) => `${file}:${index + 1}: ${pattern.source} -> ${write}`),
    );
}

/** Replaces comments with empty lines, so that line numbers stay the same. */
function withoutComments(text: string): string {
  return text
    .replace(/^[ \t]*\/\*[\s\S]*?\*\//gm, (comment) => comment.replace(/[^\n]/g, ""))
    .replace(/^[ \t]*(?:\/\/|--).*$/gm, "");
}
