import { notifications } from "../../shared/bidding/contract.ts";
import { endpoint } from "../../shared/http/endpoint.ts";

const list = endpoint(
  notifications,
  ({ input, database }) => database.call("list_notifications", { filter: input }),
);

const markRead = endpoint(
  { ...notifications, ...notifications.variants.POST },
  ({ input, database }) => database.call("mark_notification_read", { notification_id: input.notificationId }),
);

export default {
  fetch: (request: Request) => (request.method === "POST" ? markRead : list).fetch(request),
};
