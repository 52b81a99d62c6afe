/** Values of headers that a Svix server withholds. The operator passes them with `--headers`. */
import { readJsonArgument } from "../../client/input.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { PosthornError } from "../../errors/catalogue.ts";

const option = { argument: "--headers", command: "import svix" };

export class WithheldHeaders {
  /** By the endpoint's id, then by the header's name in lower case. */
  readonly #values: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly #usedIds = new Set<string>();

  private constructor(values: ReadonlyMap<string, ReadonlyMap<string, string>>) {
    this.#values = values;
  }

  /**
   * @param given JSON, `@file` or `-`; undefined for none.
   * @throws PosthornError `PH_ARGUMENT_INVALID`
   */
  static async read(
    given: string | undefined,
    { terminal }: CommandContext,
  ): Promise<WithheldHeaders> {
    const json = given === undefined ? "{}" : await readJsonArgument(given, option, terminal);
    const value: unknown = JSON.parse(json);
    if (!isObject(value) || !Object.values(value).every(isObjectOfTexts)) {
      const reason = 'it is not an object such as {"ep_123": {"authorization": "Bearer abc"}}';
      throw new PosthornError("PH_ARGUMENT_INVALID", { ...option, reason });
    }
    const byId = Object.entries(
      value as Readonly<Record<string, Readonly<Record<string, string>>>>,
    );
    return new WithheldHeaders(
      new Map(
        byId.map(([id, headers]) => [
          id,
          new Map(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text])),
        ]),
      ),
    );
  }

  /** The value of an endpoint's header; undefined if it was not passed. */
  valueOf(endpointId: string, name: string): string | undefined {
    this.#usedIds.add(endpointId);
    return this.#values.get(endpointId)?.get(name.toLowerCase());
  }

  /** The ids of endpoints whose headers were passed, and of which the server withholds none. */
  get unusedIds(): readonly string[] {
    return [...this.#values.keys()].filter((id) => !this.#usedIds.has(id));
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isObjectOfTexts(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((each) => typeof each === "string");
}
