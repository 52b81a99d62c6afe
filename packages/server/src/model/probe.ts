/** The probe's fixed ids and names. */

export const probeType = "posthorn.probe";

/** Fixed, so that all nodes share one org and one endpoint for it. */
export const probeOrgId = "00000000-0000-7000-8000-70726f626500";
export const probeEndpointId = "00000000-0000-7000-8000-70726f626501";

/** Leads to the own receiver of whichever node sends it; see `TransportOptions.own`. */
export const probeUrl = "http://probe.posthorn.internal/";
