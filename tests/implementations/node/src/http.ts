import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { invalid, Rejection, tooLarge } from "./rejection";

/** Far below the 256 KiB of an EventBridge entry, far above any order. */
const MAX_BODY_BYTES = 64 * 1024;
const IDEMPOTENCY_KEY = /^[ -~]{1,64}$/;

export type Request = Pick<APIGatewayProxyEventV2, "body" | "headers" | "isBase64Encoded" | "pathParameters">;
export type Reply = APIGatewayProxyStructuredResultV2;

export const json = (statusCode: number, body: unknown): Reply => ({
  statusCode,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

/** The client reads our own words only; what went wrong otherwise stays in the log. */
export function failure(error: unknown): Reply {
  if (error instanceof Rejection) return json(error.status, { message: error.message });
  console.error(error);
  return json(503, { message: "not available right now, please send it again" });
}

export function jsonBody(request: Request): Record<string, unknown> {
  const body = parse(request);
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw notAnObject();
  return body as Record<string, unknown>;
}

function parse({ body = "", isBase64Encoded }: Request): unknown {
  if (Buffer.byteLength(body ?? "") > MAX_BODY_BYTES) throw tooLarge();
  try {
    return JSON.parse(isBase64Encoded ? UTF8.decode(Buffer.from(body, "base64")) : body);
  } catch {
    throw notAnObject();
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const notAnObject = () => invalid("the body must be a JSON object");

export function idempotencyKey({ headers }: Request): string | undefined {
  const header = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === "idempotency-key");
  if (header === undefined) return undefined;
  const key = header[1] ?? "";
  if (!IDEMPOTENCY_KEY.test(key)) throw invalid("Idempotency-Key: expected 1 to 64 printable ASCII characters");
  return key;
}
