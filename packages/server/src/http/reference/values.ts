/** The values that the examples of the API reference share. */
export const orgId = "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11";
export const endpointId = "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35";
export const eventId = "0199c3a1-8d42-7e61-b5a7-4c1f09d3e872";
export const deliveryId = "0199c3a1-8d42-7f10-8a3b-6e2d5c7b9f04";
export const attemptId = "0199c3a1-8d42-7f10-8a3b-6e2d5c7b9f01";
export const replayId = "0199c3b2-1f6a-7d24-a9c8-3b5e7d0f2c46";
export const keyId = "0199c39f-07c4-7a58-8e21-9d4b6f1c3a70";
export const linkId = "0199c3c4-6e8b-7b93-9c05-1a7f4d2e6b58";
export const auditId = "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e36";

export const eventType = "scan.completed";
export const data = { scan_id: "scan-42", status: "completed" };
export const url = "https://example.com/webhooks";
// Nobody's real secret: the bytes count from 0 to 31.
export const secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

export const earlier = "2026-11-23T03:36:40.000000+00:00";
export const now = "2026-11-23T03:36:47.645000+00:00";
export const later = "2026-11-23T03:37:47.645000+00:00";
