import { dynamo, setting } from "./aws/clients";
import { ReadModel } from "./aws/read-model";
import { isOrderId } from "./domain/formats";
import { failure, json, type Reply, type Request } from "./http";
import { notFound } from "./rejection";

const readModel = new ReadModel(dynamo(), setting("TABLE_NAME"));

/** GET /orders/{id} */
export async function handler({ pathParameters }: Request): Promise<Reply> {
  try {
    const id = pathParameters?.id;
    const { order } = isOrderId(id) ? await readModel.get(id) : {};
    if (!order) throw notFound();
    return json(200, order);
  } catch (error) {
    return failure(error);
  }
}
