/**
 * Goal: without a mapping the right columns are proposed, and doubt is said. Method: CSV headers and MCAP topics as other
 * projects write them; the proposal is then parsed and played like a file.
 */
import { describe, expect, it } from "vitest";
import { readCsv } from "../../host/trace/csv/csv.ts";
import { parseMapping } from "../../host/trace/mapping/mapping.ts";
import { type Proposal, proposeMapping } from "../../host/trace/proposal/propose.ts";
import type { Recording } from "../../host/trace/recording/recording.ts";
import { Sampler } from "../../host/trace/sampling/sampler.ts";
import type { LawInput } from "../../host/trace/sampling/track.ts";
import { text } from "./make/bytes.ts";

const GYRO_X: LawInput = { name: "gyro_x", unit: "rad/s", type: "f32" };

/** A recording of 50 rows with these columns beside the time. */
function recordingOf(columns: readonly string[], step_s = 0.01): Recording {
  const rows = Array.from({ length: 50 }, (_, i) => [i * step_s, ...columns.map((_, c) => Math.sin(i + c))].join(","));
  return readCsv(text(`${[["time_s", ...columns].join(","), ...rows].join("\n")}\n`), "a.csv");
}

function playable(recording: Recording, inputs: readonly LawInput[], proposal: Proposal): Sampler {
  return new Sampler({
    recording,
    mapping: parseMapping(proposal.text, "proposed"),
    inputs,
    period_us: 10_000,
    seed: 1,
  });
}

describe("a proposed mapping", () => {
  it.each([
    ["the same name", ["gyro_y", "gyro_x", "x"], "gyro_x"],
    ["a synonym", ["accel_x", "angular_velocity_x", "angular_velocity_y"], "angular_velocity_x"],
    ["an index for the axis", ["gyro[0]", "gyro[1]", "gyro[2]"], "gyro[0]"],
    ["camel case", ["gyroZ", "gyroX"], "gyroX"],
    ["the unit, when names are alike", ["gyro_x_filtered [m]", "gyro_x_raw [deg/s]"], "gyro_x_raw"],
  ])("finds the column by %s", (_, columns, expected) => {
    const recording = recordingOf(columns);
    const proposal = proposeMapping(recording, [GYRO_X]);
    expect(proposal.signals[0]?.column).toBe(expected);
    expect(proposal.missing).toEqual([]);
    expect(playable(recording, [GYRO_X], proposal).frames).toBeGreaterThan(40);
  });

  it("is the same file each time, with its reasons", () => {
    const recording = recordingOf(["gyro_x"]);
    const proposal = proposeMapping(recording, [GYRO_X]);
    expect(proposeMapping(recordingOf(["gyro_x"]), [GYRO_X]).text).toBe(proposal.text);
    expect(proposal.text).toContain("its unit is not known and taken as rad/s: check it");
    expect(playable(recording, [GYRO_X], proposal).provenance[0]?.note).toContain("score");
  });

  it("says which signals have no column", () => {
    const proposal = proposeMapping(recordingOf(["gyro_x", "oil"]), [
      GYRO_X,
      { name: "lever", unit: "1", type: "f32" },
    ]);
    expect(proposal.missing).toEqual(["lever"]);
    expect(proposal.text).not.toContain("lever");
  });

  it("names the columns that fit as well", () => {
    const proposal = proposeMapping(recordingOf(["gyro_x_left", "gyro_x_right"]), [GYRO_X]);
    expect(proposal.ambiguous).toEqual(["gyro_x"]);
    expect(proposal.signals[0]?.rivals).toEqual(["gyro_x_right"]);
    expect(proposal.text).toContain("also possible: gyro_x_right");
  });

  it("proposes no column of another dimension or another axis", () => {
    expect(proposeMapping(recordingOf(["gyro_x [m]"]), [GYRO_X]).missing).toEqual(["gyro_x"]);
    expect(proposeMapping(recordingOf(["gyro_y", "gyro_z"]), [GYRO_X]).missing).toEqual(["gyro_x"]);
  });

  it.each([[["A.gyro_x", "B.gyro_x", "C.gyro_x"]], [["gyro_x_a", "gyro_x_b", "gyro_x_c"]]])(
    "gives each channel its own column: %j",
    (columns) => {
      const recording = recordingOf(columns);
      const sampler = playable(recording, [GYRO_X], proposeMapping(recording, [GYRO_X]));
      expect(sampler.provenance.map(({ column, kind }) => [column, kind])).toEqual(
        columns.map((column) => [column, "recorded"]),
      );
    },
  );

  it("turns pressure into altitude when there is no altitude", () => {
    const rows = Array.from({ length: 9 }, (_, i) => `${i / 10},${1000 - i}`);
    const recording = readCsv(text(`time_s,baro [hPa]\n${rows.join("\n")}\n`), "a.csv");
    const input: LawInput = { name: "baro_alt", unit: "m", type: "f32" };
    const sampler = playable(recording, [input], proposeMapping(recording, [input]));
    expect(sampler.provenance[0]).toMatchObject({ conversion: "pressure_to_altitude", column_unit: "hPa" });
  });

  it("plays a slow recording one row a frame", () => {
    const recording = recordingOf(["gyro_x"], 300);
    const proposal = proposeMapping(recording, [GYRO_X], { period_us: 10_000 });
    expect(playable(recording, [GYRO_X], proposal).frames).toBe(50);
  });

  it("adds no noise to a bool and states no unit for it", () => {
    const recording = recordingOf(["armed"]);
    const input: LawInput = { name: "armed", unit: "", type: "bool" };
    expect(playable(recording, [input], proposeMapping(recording, [input])).provenance[0]).toMatchObject({
      noise: 0,
      column_unit: "",
    });
  });
});
