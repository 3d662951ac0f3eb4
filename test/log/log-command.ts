import { Command } from "commander";
import { register } from "../../host/commands/log.ts";
import type { HandRun } from "./fixture.ts";
import { withFile } from "./stdout.ts";

/** C computes something else in frame 4 and is outvoted; B's gyro is out of range in frame 5; C is off in frame 7. */
export const OUTVOTED: HandRun = {
  frames: 10,
  events: {
    4: [
      { by: "A", code: 50, subject: 2 },
      { by: "B", code: 50, subject: 2 },
    ],
  },
  channel: (channel, frame) => {
    if (frame === 4 && channel === 2) return { outcome: 4, torque_x: 0.5, driven: 0, matching: 0, digest_low: 0x1115 };
    if (frame === 4) return { outcome: 1, matching: 3, accusations: 4, omissions: 1 << 7, err_c: 1, alpha_c: 256 };
    if (frame === 5) return { gyro_x_reasons: 3 << 4, gyro_x_used: 5, gyro_x_why: 1 };
    return frame === 7 && channel === 2 ? undefined : {};
  },
  stage: (frame) =>
    frame === 4 ? { outcome: 1, counted: 3, agreeing: 3 } : frame === 6 ? { outcome: 2, held_frames: 1 } : {},
};

/** What `quorate log <words>` prints; `{log}` stands for the file. */
export async function run(bytes: Uint8Array, ...words: string[]): Promise<string> {
  return await withFile(bytes, async (path, stdout) => {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
    register(program);
    for (const command of program.commands[0]?.commands ?? []) {
      command.exitOverride().configureOutput({ writeErr: () => undefined });
    }
    await program.parseAsync(["log", ...words.map((word) => word.replace("{log}", path))], { from: "user" });
    return stdout();
  });
}
