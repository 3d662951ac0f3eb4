/** Words of a core's LINE, and of each of the three lines that the output stage is given (docs/core.md, "Addresses"). */
export const LINE_WORDS = 10;
/** The outputs follow each other. */
export const LINE = { frame: 0, driven: 1, outputs: 2 } as const;
