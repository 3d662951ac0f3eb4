/** What a voter log carries besides its records (docs/voter-log.md, "Attachments"). Nobody can read the records without the first. */
export const ATTACHMENTS = {
  signals: "signals.bin",
  run: "run.json",
  faults: "faults.json",
  scenario: "scenario.json",
  module: "module.wasm",
  map: "map.json",
} as const;
