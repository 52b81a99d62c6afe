/** Values of headers: what they may contain, and which headers a contract cannot set. */
import { limits } from "../limits.ts";
import type { Render, Template } from "./templates.ts";

/** Explains in one sentence why a request cannot be built. */
export class RenderError extends Error {
  override readonly name = "RenderError";
  /** True if the published data is the reason, so that every further attempt would fail, too. */
  readonly isByData: boolean;

  constructor(message: string, isByData: boolean) {
    super(message);
    this.isByData = isByData;
  }
}

/** Text that a header's value can contain (RFC 9110, 5.5). */
const visible = /^[\x20-\x7e]*$/;

/**
 * The value as it is sent and as signatures cover it: without spaces at its ends, because receivers
 * strip them. It keeps what the publisher chooses from starting another header, or from being too
 * long.
 */
export function headerRender(name: string, { render, traits, constant }: Template): Render {
  if (constant !== null) return render;
  if (!traits.has("free")) return (rendering) => render(rendering).trim();
  const most = limits.customHeaderValueCharsMax;
  return (rendering) => {
    const value = render(rendering);
    // As CloudEvents 1.0.2 does (HTTP binding, 3.1.3.2). A line break would start another header.
    const text = visible.test(value)
      ? value
      : value.toWellFormed().replace(/[^\x20-\x7e]+/g, encodeURIComponent);
    if (text.length <= most) return text.trim();
    throw new RenderError(
      `The header ${name} would have ${text.length} characters; ${most} are allowed.`,
      true,
    );
  };
}
