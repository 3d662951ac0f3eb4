/** `quorate/testing`: runs a built control law in a unit test. */
export { LawError } from "./law-error.ts";
export { type LawSnapshot, LawUnderTest, loadLaw } from "./law-under-test.ts";
