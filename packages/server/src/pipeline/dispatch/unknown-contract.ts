/** Endpoints whose contract this node does not know, e.g. during a deploy that adds one. */
import type { CompiledContract } from "../../contracts/render.ts";
import type { Endpoint } from "../../model/endpoint.ts";

/**
 * The contract whose schedule such a delivery uses. It fails as `internal`, and a node of a newer
 * release may succeed. If it were given back, it would be claimed again four times a second.
 */
export function fallbackContract(
  contracts: ReadonlyMap<string, CompiledContract>,
): CompiledContract | undefined {
  const [first] = contracts.values();
  return contracts.get("standard") ?? first;
}

/** The endpoint, with the reason why nothing can be sent to it. */
export function withoutContract(endpoint: Endpoint): Endpoint {
  const problem = `This node has no contract named ${endpoint.contract}.`;
  return { ...endpoint, problem };
}
