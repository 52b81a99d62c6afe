/** The fixed ids and names that the probe uses. */

export const probeType = "posthorn.probe";

/** These ids are fixed, so that all nodes share one org and one endpoint for the probe. */
export const probeOrgId = "00000000-0000-7000-8000-70726f626500";
export const probeEndpointId = "00000000-0000-7000-8000-70726f626501";

/** This URL leads to the receiver of whichever node sends the probe; see `TransportOptions.own`. */
export const probeUrl = "http://probe.posthorn.internal/";
