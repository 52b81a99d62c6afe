export const secret = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
import { hmacValidator as HmacValidator } from "@adyen/api-library";
export const data = {
  pspReference: "7914073381342284",
  originalReference: "",
  merchantAccountCode: "TestMerchant",
  merchantReference: "TestPayment-1407325143704",
  amount: { value: 1130, currency: "EUR" },
  eventCode: "AUTHORISATION",
  success: "true",
};
export const verify = ({ body }) =>
  new HmacValidator().validateHMAC(
    JSON.parse(body).notificationItems[0].NotificationRequestItem,
    secret,
  );
