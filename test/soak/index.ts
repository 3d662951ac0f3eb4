import { complain } from "../groups.ts";
import { runLong } from "../long.ts";

const folder = new URL("./groups/", import.meta.url);
process.exitCode = await runLong("soak", folder, process.argv.slice(2)).catch(complain);
