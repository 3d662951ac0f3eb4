import type { Compiled } from "./compile.ts";
export function checkCompiled(_compiled: Compiled): void {}
