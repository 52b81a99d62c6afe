export const secret = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
import { hmacValidator as HmacValidator } from "@adyen/api-library";
export const verify = ({ body, headers }) =>
  new HmacValidator().validateHMACSignature(secret, headers["hmacsignature"], body);
