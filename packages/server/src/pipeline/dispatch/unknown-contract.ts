/** Endpoints whose contract this node does not know, e.g. during a deploy that adds a contract. */
import type { CompiledContract } from "../../contracts/render.ts";
import type { Endpoint } from "../../model/endpoint.ts";

/**
 * The contract whose retry schedule such a delivery uses. The attempt fails as `internal`, and a
 * node of a newer release can make the next one. If the node gave the delivery back instead, a
 * claim would lease it again four times per second.
 */
export function fallbackContract(
  contracts: ReadonlyMap<string, CompiledContract>,
): CompiledContract | undefined {
  const [first] = contracts.values();
  return contracts.get("standard") ?? first;
}

/** Returns the endpoint, with the reason why nothing can be sent to it. */
export function withoutContract(endpoint: Endpoint): Endpoint {
  const problem = `This node has no contract named ${endpoint.contract}.`;
  return { ...endpoint, problem };
}
