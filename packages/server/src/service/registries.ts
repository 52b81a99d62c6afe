/** Opens what changes endpoints and contracts. */
import type { Config } from "../config/config.ts";
import type { SecretBox } from "../model/secret-box.ts";
import type { Transport } from "../pipeline/ports.ts";
import {
  ContractRegistry,
  createEndpointRegistry,
  type EndpointRegistry,
  type TransformationChecker,
} from "../registry/index.ts";
import type { ContractLibrary } from "./contract-library.ts";
import { systemRandom } from "./database-clock.ts";

export interface Registries {
  readonly endpoints: EndpointRegistry;
  readonly contracts: ContractRegistry;
}

export function openRegistries(options: {
  readonly config: Config;
  readonly library: ContractLibrary;
  readonly secretBox: SecretBox;
  readonly transport: Pick<Transport, "checkUrl">;
  readonly sandbox: TransformationChecker;
}): Registries {
  const { config, library, secretBox, transport, sandbox } = options;
  const shared = { defaultContract: config.contract, secretBox, random: systemRandom };
  return {
    endpoints: createEndpointRegistry({
      ...shared,
      transport,
      transformations: sandbox,
      contracts: library.current,
    }),
    contracts: new ContractRegistry({
      ...shared,
      check: (documentText) => library.check(documentText),
      preview: (name, event) => library.preview(name, event),
      reload: () => library.reload(),
      seek: (name) => library.seek(name),
    }),
  };
}
