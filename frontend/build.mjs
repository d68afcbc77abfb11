// Bundles the islands into the Python package. One entry per page that needs more than the common script.
import { build, context } from "esbuild";

const options = {
  entryPoints: { app: "src/app.ts", token: "src/token.ts", run: "src/run/main.tsx" },
  outdir: "../src/baltoro/web/static/dist",
  bundle: true,
  format: "esm",
  target: ["chrome111", "firefox115", "safari16.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  sourcemap: false,
  legalComments: "eof",
  logLevel: "warning",
};

if (process.argv.includes("--watch")) {
  const running = await context(options);
  await running.watch();
} else {
  await build(options);
}
