// One bundle per function, so that a cold start reads one file and only what it needs of the SDK.
import { build } from "esbuild";

const outdir = process.argv[2] ?? "dist";

for (const name of ["command", "projection", "query", "calls"]) {
  await build({
    entryPoints: [`src/${name}.ts`],
    outfile: `${outdir}/${name}/index.js`,
    bundle: true,
    platform: "node",
    target: "node20",
    mainFields: ["module", "main"],
    legalComments: "none",
  });
}
