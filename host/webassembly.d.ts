/**
 * The part of the WebAssembly JavaScript interface that we use (https://webassembly.github.io/spec/js-api/). TypeScript has
 * it only inside its browser library, which would let `name`, `status` and other browser globals compile as well.
 */
declare namespace WebAssembly {
  type ValueType = "i32" | "i64" | "f32" | "f64";
  type ExternalKind = "function" | "table" | "memory" | "global" | "tag";
  type Exports = Record<string, unknown>;
  type Imports = Record<string, Record<string, unknown>>;

  interface ModuleExportDescriptor {
    readonly name: string;
    readonly kind: ExternalKind;
  }

  interface ModuleImportDescriptor extends ModuleExportDescriptor {
    readonly module: string;
  }

  class Module {
    constructor(bytes: ArrayBufferView | ArrayBuffer);
    static customSections(module: Module, name: string): ArrayBuffer[];
    static exports(module: Module): ModuleExportDescriptor[];
    static imports(module: Module): ModuleImportDescriptor[];
  }

  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }

  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBuffer;
    /** Adds pages of 64 KiB and returns how many there were before. */
    grow(pages: number): number;
  }

  class Global<T extends number | bigint = number | bigint> {
    constructor(descriptor: { value: ValueType; mutable?: boolean }, value?: T);
    value: T;
    valueOf(): T;
  }

  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}

  function validate(bytes: ArrayBufferView | ArrayBuffer): boolean;
  function compile(bytes: ArrayBufferView | ArrayBuffer): Promise<Module>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
}
