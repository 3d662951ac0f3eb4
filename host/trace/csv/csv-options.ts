/** How a CSV file is to be read. What is not given is detected. */

export const TIME_UNITS = ["s", "ms", "us", "ns", "iso"] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

export interface CsvOptions {
  /** One character between cells. */
  readonly delimiter?: string;
  /** The character before the fraction of a number. */
  readonly decimal?: "." | ",";
  /** Whether the first row holds names. Without, columns are called column_1, column_2, ... */
  readonly header?: boolean;
  /** Name of the column with times, or "" when there is none: then row numbers count as seconds. */
  readonly timeColumn?: string;
  readonly timeUnit?: TimeUnit;
}
