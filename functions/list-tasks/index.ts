import { endpoint } from "../../shared/http/endpoint.ts";
import { listTasks } from "../../shared/tasks/contract.ts";

export default endpoint(listTasks, ({ input, database }) => database.call("list_tasks", { filter: input }));
