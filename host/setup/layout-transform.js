/**
 * Where everything lies in a core's STATE, told by the compiler itself: `asc --transform` runs this while it compiles the core,
 * and what it finds goes to dist/firmware/core-layout.json. A field that is added moves nothing by hand.
 */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./say.js";

export const CORE_LAYOUT = "dist/firmware/core-layout.json";
/** The file whose classes lie in STATE, as the compiler names it. */
const STATE_FILE = "firmware/core/state/";

/**
 * What is read of the compiler's model; the rest of it is large and undocumented.
 * @typedef {{ toString(): string, byteSize: number }} Type
 * @typedef {{ name: string, isField: boolean, memoryOffset: number, type: Type }} Property
 * @typedef {{ members: Map<string, { instance?: Property | null }> | null, nextMemoryOffset: number }} Class
 * @typedef {{ elementsByName: Map<string, { instances?: Map<string, Class> | null }> }} Program
 * @typedef {{ getGlobal(name: string): number }} Module
 * @typedef {{ getGlobalInfo(global: number): { init: number }, getExpressionInfo(expression: number): { value?: unknown } }} Binaryen
 */

/**
 * One class of the file: its size, and place, size and type of each field, in order.
 * @param {Class} found
 */
function classLayout({ members, nextMemoryOffset }) {
  const fields = [...(members ?? new Map()).values()]
    .map((member) => member.instance)
    .filter((property) => property?.isField === true)
    .map(({ name, memoryOffset, type }) => [name, { at: memoryOffset, size: type.byteSize, type: type.toString() }]);
  return { size: nextMemoryOffset, fields: Object.fromEntries(fields) };
}

/** @param {Program} program */
function classLayouts({ elementsByName }) {
  /** @type {Record<string, ReturnType<typeof classLayout>>} */
  const classes = {};
  for (const [path, { instances }] of elementsByName) {
    const found = path.startsWith(STATE_FILE) ? [...(instances?.values() ?? [])][0] : undefined;
    if (found?.nextMemoryOffset !== undefined) classes[path.slice(STATE_FILE.length)] = classLayout(found);
  }
  return classes;
}

/**
 * Blocks of STATE in bytes from its start. `each` is the size of one of several that follow each other; blocks of an agreed state
 * lie within `agreed` and within `next`.
 * @param {(name: string) => number} constant
 */
function blocks(constant) {
  const inputs = constant("INPUTS_MAX");
  const size = constant("AGREED_SIZE_MAX");
  const state = constant("STATE");
  return {
    settings: { at: 0, size: constant("SETTINGS_SIZE") },
    rules: { at: constant("RULES_AT"), each: constant("RULE_SIZE"), count: inputs },
    local: { at: constant("LOCAL_AT"), size: constant("LOCAL_SIZE") },
    slots: { at: constant("SLOTS_AT"), each: constant("SLOT_SIZE"), count: constant("SLOTS") },
    agreed: { at: constant("AGREED") - state, size },
    next: { at: constant("NEXT") - state, size },
    report: { at: constant("REPORT_AT"), size: constant("REPORT_SIZE") },
    within: {
      head: { at: 0, size: constant("AGREED_HEAD") },
      health: { at: constant("AGREED_HEAD"), each: constant("HEALTH_SIZE"), count: constant("CHANNELS") },
      inputs: { at: constant("AGREED_FIXED"), each: constant("INPUT_SIZE"), count: inputs },
    },
    sensor: { each: constant("SENSOR_SIZE"), count: constant("CHANNELS") },
  };
}

/**
 * The compiler makes an instance of this, and hands the prototype its program and its code generator before it does.
 */
// biome-ignore lint/style/noDefaultExport: the compiler takes a transform no other way
export default class CoreLayout {
  /**
   * Once the constants have their values.
   * @param {Module} module
   */
  afterCompile(module) {
    /** @type {{ program: Program, binaryen: Binaryen }} */
    const { program, binaryen } = Object(this);
    /** @param {string} name */
    const constant = (name) => {
      const { init } = binaryen.getGlobalInfo(module.getGlobal(`${STATE_FILE}${name}`));
      const { value } = binaryen.getExpressionInfo(init);
      if (typeof value !== "number") throw new TypeError(`${name} of ${STATE_FILE} is not a constant`);
      return value;
    };
    const layout = { size: constant("STATE_SIZE"), blocks: blocks(constant), classes: classLayouts(program) };
    save(`${JSON.stringify(layout, undefined, 2)}\n`);
  }
}

/**
 * Made beside its place and moved there, so that nobody ever reads half of it.
 * @param {string} text
 */
function save(text) {
  const file = join(root, CORE_LAYOUT);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}
