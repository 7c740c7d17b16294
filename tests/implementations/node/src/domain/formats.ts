const ORDER_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** In code points (the flag u): no C0 controls, no lone surrogates. */
const CUSTOMER = /^[^\u0000-\u001f\ud800-\udfff]{1,1000}$/u;
const DATE_TIME =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d+)?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

export const isOrderId = (value: unknown): value is string =>
  typeof value === "string" && ORDER_ID.test(value);

export const isCustomer = (value: unknown): value is string =>
  typeof value === "string" && CUSTOMER.test(value);

/** RFC 3339: the day must be in the calendar, and a leap second at the end of a UTC day. */
export function isDateTime(value: unknown): value is string {
  const match = typeof value === "string" ? DATE_TIME.exec(value) : null;
  if (!match) return false;
  const number = (group: number) => Number(match[group] ?? 0);
  const offset = (match[7] === "-" ? -1 : 1) * (number(8) * 60 + number(9));
  const utcMinute = number(4) * 60 + number(5) - offset;
  const endsDay = (utcMinute + 1) % (24 * 60) === 0;
  return number(3) <= daysInMonth(number(1), number(2)) && (number(6) < 60 || endsDay);
}

/** The calendar repeats after 400 years; years below 100 mean something else to Date. */
const daysInMonth = (year: number, month: number) =>
  new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
