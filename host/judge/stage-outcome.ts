/** How the output stage decided a frame (docs/core.md, "Stage record"). */
export const STAGE_AGREED = 0;
export const STAGE_MASKED = 1;
export const STAGE_HELD = 2;
export const STAGE_SAFE = 3;
