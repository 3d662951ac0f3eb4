/**
 * Goal: CSV files of many writers are read as meant, guesses are said, and what is no value never becomes one.
 * Method: hand-written files, generated tables in every dialect, cuts at every byte and flips of every bit.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCsv } from "../../host/trace/csv/csv.ts";
import type { CsvOptions } from "../../host/trace/csv/csv-options.ts";
import { CSV_COLUMNS_MAX, ROW_BYTES_MAX } from "../../host/trace/csv/csv-rows.ts";
import type { Recording } from "../../host/trace/recording/recording.ts";
import { TraceError } from "../../host/trace/recording/trace-error.ts";
import { concat, flipped, text, u8 } from "./make/bytes.ts";

function read(content: string, options: CsvOptions = {}): Recording {
  return readCsv(text(content), "a.csv", options);
}

function columns(recording: Recording): Record<string, number[]> {
  return Object.fromEntries(
    recording.topics.flatMap(({ columns }) => columns.map(({ name }) => [name, [...recording.read(name).values]])),
  );
}

function times(recording: Recording): number[] {
  return [...recording.read(recording.topics[0]?.columns[0]?.name ?? "").times];
}

describe("a CSV recording", () => {
  it.each([
    ["commas", "t,a\n0,1\n1,2\n", { a: [1, 2] }, [0, 1]],
    ["semicolons and decimal commas", "t;a\n0,5;1,25\n1,0;-2e3\n", { a: [1.25, -2000] }, [0, 0.5]],
    ["tabs", "t\ta\n0\t1\n1\t2\n", { a: [1, 2] }, [0, 1]],
    ["bars with blanks around", "t | a\n0 | 1\n1 | 2\n", { a: [1, 2] }, [0, 1]],
    ["blanks", "0.5  1\n1.5  2\n", { column_2: [1, 2] }, [0, 1]],
    ["CR LF and a byte order mark", "\uFEFFt,a\r\n0,1\r\n1,2\r\n", { a: [1, 2] }, [0, 1]],
    ["CR alone", "t,a\r0,1\r1,2\r", { a: [1, 2] }, [0, 1]],
    ["comments and blank lines", "# made by hand\n\nt,a\n0,1\n\n# more\n1,2\n", { a: [1, 2] }, [0, 1]],
    ["quotes", '"t","a, b","c ""d"""\n0,"1","x\ny"\n1,"2","z"\n', { "a, b": [1, 2] }, [0, 1]],
    [
      "words for nothing",
      "t,a,b\n0,nan,1\n1,,2\n2,NULL,3\n3,4,n/a\n",
      { a: [Number.NaN, Number.NaN, Number.NaN, 4], b: [1, 2, 3, Number.NaN] },
      [0, 1, 2, 3],
    ],
    ["true and false", "t,a\n0,true\n1,False\n", { a: [1, 0] }, [0, 1]],
    ["a text column", "t,who,a\n0,ann,1\n1,bob,2\n", { a: [1, 2] }, [0, 1]],
    ["names twice", "t,a,a\n0,1,2\n1,3,4\n", { a: [1, 3], a_2: [2, 4] }, [0, 1]],
    ["no header", "0,5\n1,6\n", { column_2: [5, 6] }, [0, 1]],
    ["time in the last column", "a,time\n5,10\n6,11\n", { a: [5, 6] }, [0, 1]],
  ])("is read with %s", (_, content, expected, expectedTimes) => {
    const recording = read(content);
    expect(columns(recording)).toEqual(expected);
    expect(times(recording)).toEqual(expectedTimes);
  });

  it.each([
    ["ISO with a blank", "2013-12-02 21:15:00,1\n2013-12-02 21:20:00,2\n", 300],
    ["ISO with T, fraction and Z", "2024-02-29T23:59:59.5Z,1\n2024-03-01T00:00:00.25Z,2\n", 0.75],
    ["ISO with zones", "2024-01-01T00:00:00+02:00,1\n2023-12-31T22:00:01Z,2\n", 1],
    ["dates", "2024-01-01,1\n2024-01-02,2\n", 86_400],
    ["s since 1970", "1700000000.5,1\n1700000001.75,2\n", 1.25],
    ["ms since 1970", "1700000000500,1\n1700000000510,2\n", 0.01],
    ["us since 1970", "1700000000500000,1\n1700000000500010,2\n", 0.00001],
    ["ns since 1970, to the last", "1700000000123456789,1\n1700000000123456790,2\n", 1e-9],
    ["ticks of ms", "100,1\n110,2\n120,3\n", 0.01],
    ["ticks of us", "100000,1\n104000,2\n108000,3\n", 0.004],
    ["ticks of ns", "100000000,1\n104000000,2\n108000000,3\n", 0.004],
  ])("finds the unit of times: %s", (_, content, step) => {
    expect(times(read(content))[1]).toBe(step);
  });

  it.each([
    ["time [ms]", 0.005],
    ["time (us)", 0.000005],
    ["time_ns", 5e-9],
    ["t_s", 5],
  ])("believes the unit in the header %j", (name, step) => {
    const recording = read(`${name},oil [degC]\n0,1\n5,2\n`);
    expect(times(recording)[1]).toBe(step);
    expect(recording.problems).toEqual([]);
    expect(recording.find("oil")?.unit).toBe("degC");
  });

  it("lets every guess be set", () => {
    const options: CsvOptions = { delimiter: ",", header: false, timeColumn: "column_2", timeUnit: "us", decimal: "." };
    const recording = read("7,1000\n8,3000\n", options);
    expect(columns(recording)).toEqual({ column_1: [7, 8] });
    expect(times(recording)).toEqual([0, 0.002]);
    expect(times(read("7,1\n8,3\n", { timeColumn: "" }))).toEqual([0, 1]);
    expect(columns(read("t;a\n0;1,5\n1;2,5\n", { decimal: "," }))).toEqual({ a: [1.5, 2.5] });
  });

  it("says what it guessed", () => {
    expect(read("t,a\n0,1\n5,2\n").problems).toMatchObject([
      { code: "not-read", text: expect.stringContaining("taken as ms") },
    ]);
    expect(read("a,b\n5,1\n3,2\n4,1\n").problems).toMatchObject([
      { text: expect.stringContaining("rows are counted as seconds") },
    ]);
  });

  it("leaves out rows that do not fit, and says how many and where", () => {
    const recording = read("time_s,a\n0,1\n1\n2,3\nwhen,4\n4,5,6\n5,7\n6,8");
    expect(columns(recording)).toEqual({ a: [1, 3, 7] });
    expect(recording.problems).toMatchObject([
      { code: "bad-record", count: 2, text: expect.stringContaining("first in line 3") },
      { code: "bad-record", count: 1, text: expect.stringContaining("first in line 5") },
      { code: "truncated", count: 1, text: expect.stringContaining("line 8") },
    ]);
  });

  it("loses one row to a stray quote, not the rest of the file", () => {
    const recording = read('time_s,a\n0,1\n1,"2\n2,3\n3,4\n');
    expect(columns(recording)).toMatchObject({ a: expect.arrayContaining([3, 4]) });
  });

  it("does not take what looks like a number for one", () => {
    const recording = read("time_s,a\n0,1\n1,0x10\n2,1.2.3\n3,1e\n4,--5\n5,Infinity\n6,2\n");
    expect(columns(recording)).toEqual({ a: [1, ...Array<number>(5).fill(Number.NaN), 2] });
  });

  it.each([
    "2024-13-01 00:00:00",
    "2024-02-30 00:00:00",
    "2024-01-01 24:00:00",
    "2024-01-01 00:60:00",
    "2024-01-01T00:00:00+15:00",
    "01/02/2024",
  ])("does not take %s for a time", (cell) => {
    const recording = read(`time,a\n2024-01-01 00:00:00,1\n${cell},2\n2024-01-03 00:00:00,3\n`, {
      timeUnit: "iso",
      timeColumn: "time",
    });
    expect(columns(recording)).toEqual({ a: [1, 3] });
  });
});

describe("a CSV recording that cannot be used", () => {
  it.each([
    ["is empty", "", {}, /expected rows of values/],
    ["is a header only", "t,a\n", {}, /no row can be read/],
    ["has times only", "time_s\n1\n2\n", {}, /a column of numbers beside the times/],
    ["has words only", "hello world\nthis is text\n", {}, /a column of numbers/],
    ["lacks the given time column", "t,a\n0,1\n1,2\n", { timeColumn: "tt" }, /found "tt"; did you mean "t"/],
    ["has times of another kind", "t,a\n0,1\n1,2\n", { timeUnit: "iso" }, /2 rows whose time is not one \(iso\)/],
    ["is one cut row", "1,2", {}, /no line end/],
  ] as const)("is refused with the reason: it %s", (_, content, options, reason) => {
    expect(() => read(content, options)).toThrow(reason);
    expect(() => read(content, options)).toThrow(TraceError);
  });

  it("is not held up by rows and widths beyond the limits", () => {
    const long = "1".repeat(ROW_BYTES_MAX + 1);
    const recording = read(`time_s,a\n0,1\n${long}\n2,3\n`);
    expect(columns(recording)).toEqual({ a: [1, 3] });
    expect(recording.problems).toMatchObject([{ code: "damaged", count: 1 }]);
    const wide = Array.from({ length: CSV_COLUMNS_MAX + 1 }, (_, i) => i).join(",");
    expect(read(`${wide}\n${wide}\n`, { timeColumn: "" }).topics[0]?.columns.length).toBeLessThanOrEqual(
      CSV_COLUMNS_MAX,
    );
    const open = `time_s,a\n0,"${"x\n".repeat(10_000)}`;
    expect(() => read(open)).toThrow(TraceError);
  });
});

const DIALECTS = fc.record({
  delimiter: fc.constantFrom(",", ";", "\t", "|"),
  comma: fc.boolean(),
  end: fc.constantFrom("\n", "\r\n", "\r"),
  header: fc.boolean(),
  quotes: fc.boolean(),
});

describe("any table of numbers", () => {
  it("is read back as written, in every dialect", () => {
    const table = fc.array(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 2 }), {
      minLength: 3,
      maxLength: 20,
    });
    fc.assert(
      fc.property(table, DIALECTS, (rows, dialect) => {
        const comma = dialect.comma && dialect.delimiter !== ",";
        const write = (value: number): string => {
          const plain = value.toFixed(3);
          const cell = comma ? plain.replace(".", ",") : plain;
          return dialect.quotes ? `"${cell}"` : cell;
        };
        const lines = rows.map((row, i) => [i / 8, ...row].map(write).join(dialect.delimiter));
        if (dialect.header) lines.unshift(["time_s", "alpha", "beta"].join(dialect.delimiter));
        const recording = read(lines.map((line) => line + dialect.end).join(""));
        const [alpha, beta] = recording.topics[0]?.columns ?? [];
        expect(times(recording)).toEqual(rows.map((_, i) => i / 8));
        expect([...recording.read(alpha?.name ?? "").values]).toEqual(rows.map((row) => Number(row[0]?.toFixed(3))));
        expect([...recording.read(beta?.name ?? "").values]).toEqual(rows.map((row) => Number(row[1]?.toFixed(3))));
      }),
      { seed: 2026, numRuns: 200 },
    );
  });
});

describe("a damaged CSV recording", () => {
  const whole = text("time [ms];oil [degC]\n0;20,5\n10;21,25\n20;-22,125\n30;23\n");
  const oil = [20.5, 21.25, -22.125, 23];

  it("cut at any byte gives a beginning of the rows", () => {
    for (let size = 0; size < whole.length; size++) {
      try {
        const recording = readCsv(whole.slice(0, size), "a.csv", {
          delimiter: ";",
          decimal: ",",
          header: true,
          timeColumn: "time",
          timeUnit: "ms",
        });
        const values = [...recording.read("oil").values];
        expect(values, `cut at ${size}`).toEqual(oil.slice(0, values.length));
      } catch (error) {
        expect(error, `cut at ${size}`).toBeInstanceOf(TraceError);
      }
    }
  });

  it("with any bit flipped neither crashes nor hangs", () => {
    for (let bit = 0; bit < whole.length * 8; bit++) {
      try {
        columns(readCsv(flipped(whole, bit), "a.csv"));
      } catch (error) {
        expect(error, `bit ${bit}`).toBeInstanceOf(TraceError);
      }
    }
  });

  it("of any bytes neither crashes nor hangs", () => {
    const bytes = fc.array(fc.constantFrom(...'0123456789,;.\t|\n\r"- e:TZ#x'), { maxLength: 200 });
    fc.assert(
      fc.property(bytes, (characters) => {
        try {
          columns(readCsv(concat(text(characters.join("")), u8(0x0a)), "a.csv"));
        } catch (error) {
          expect(error).toBeInstanceOf(TraceError);
        }
      }),
      { seed: 2026, numRuns: 1000 },
    );
  });
});
