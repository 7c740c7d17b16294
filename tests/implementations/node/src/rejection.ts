/** A definite no to the client: nothing has been done, and the message is meant for them. */
export class Rejection extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "Rejection";
    this.status = status;
  }
}

export const invalid = (message: string) => new Rejection(400, message);
export const notFound = () => new Rejection(404, "there is no such order");
export const alreadyExists = () => new Rejection(409, "the order exists already");
export const overtaken = () => new Rejection(409, "overtaken by other commands, please send it again");
export const tooLarge = () => new Rejection(413, "the body is too large");
export const keyReused = () => new Rejection(422, "the Idempotency-Key came before, with another command");
