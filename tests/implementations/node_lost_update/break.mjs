// A copy of ../node that stores an event without demanding that its key is free: of two commands
// that overlap, the later one to write removes the other's event.
import { cp, readFile, writeFile } from "node:fs/promises";

const CONDITION = 'IfNoneMatch: "*"';
const command = "dist/dist/command/index.js";

await cp("../node/template.yaml", "dist/template.yaml");
await cp("../node/dist", "dist/dist", { recursive: true });
const [before, after, ...more] = (await readFile(command, "utf8")).split(CONDITION);
if (after === undefined || more.length > 0) throw new Error(`expected ${CONDITION} once in ${command}`);
await writeFile(command, before + after);
