// SPDX-License-Identifier: Apache-2.0
// node onnxruntime.mjs FILE DEPTH HEIGHT WIDTH THREADS [RUNS]: times the model with onnxruntime on a box of that size;
// prints one figure a line: NAME VALUE UNIT, as ctffr-network-case does.
import * as ort from "onnxruntime-node";

const [file, depth, height, width, threads, runs = "3"] = process.argv.slice(2);
const session = await ort.InferenceSession.create(file,
    { executionProviders: ["cpu"], graphOptimizationLevel: "all", intraOpNumThreads: Number(threads), logSeverityLevel: 3,
      // Threads that wait by spinning would count as computing.
      extra: { session: { intra_op: { allow_spinning: "0" } } } });
const shape = [1, 2, Number(depth), Number(height), Number(width)];
const values = new Float32Array(shape.reduce((a, b) => a * b));
for (let i = 0; i < values.length; ++i) values[i] = Math.sin(i * 12.9898);
const feeds = { [session.inputNames[0]]: new ort.Tensor("float32", values, shape) };
let shortest = Infinity, least = Infinity;
for (let run = 0; run <= Number(runs); ++run) {
    const start = performance.now(), computed = process.cpuUsage();
    const results = await session.run(feeds);
    if (run > 0) shortest = Math.min(shortest, (performance.now() - start) / 1000);
    const more = process.cpuUsage(computed);
    if (run > 0) least = Math.min(least, (more.user + more.system) * 1e-6);
    for (const name of session.outputNames) results[name].dispose?.();
}
console.log(`time ${shortest.toFixed(3)} s`);
console.log(`processor-time ${least.toFixed(3)} s`);
console.log(`process ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
