// SPDX-License-Identifier: Apache-2.0
// node onnxruntime.mjs FOLDER: for each case in FOLDER runs model.onnx on the inputs of case.json and writes what
// comes out (outputs.json and one file of raw numbers per output).
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as ort from "onnxruntime-node";

// Raw file -> typed array of the type that onnxruntime wants; our files hold float32 or int64.
function load(file, type) {
    const bytes = readFileSync(file);
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    if (type === "float32") return new Float32Array(buffer);
    const integers = new BigInt64Array(buffer);
    if (type === "bool") return Uint8Array.from(integers, Number);
    if (type === "int32") return Int32Array.from(integers, Number);
    return integers;
}

function store(file, tensor) {
    const data = tensor.type === "float32" ? tensor.data : BigInt64Array.from(tensor.data, BigInt);
    writeFileSync(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

const root = process.argv[2];
let failures = 0;
for (const name of readdirSync(root).sort()) {
    const folder = join(root, name);
    try {
        const { inputs } = JSON.parse(readFileSync(join(folder, "case.json"), "utf8"));
        const session = await ort.InferenceSession.create(join(folder, "model.onnx"),
            { executionProviders: ["cpu"], graphOptimizationLevel: "basic", intraOpNumThreads: 2, logSeverityLevel: 3 });
        const feeds = {};
        inputs.forEach(({ name: input, type, shape }, i) => {
            feeds[input] = new ort.Tensor(type, load(join(folder, `input_${i}.bin`), type), shape);
        });
        const results = await session.run(feeds);
        const outputs = session.outputNames.map((output, i) => {
            const tensor = results[output];
            store(join(folder, `output_${i}.bin`), tensor);
            return { type: tensor.type === "float32" ? "float32" : "int64", shape: tensor.dims };
        });
        writeFileSync(join(folder, "outputs.json"), JSON.stringify({ outputs }));
    } catch (error) {
        console.log(`FAIL ${name}: onnxruntime says ${error.message}`);
        ++failures;
    }
}
process.exit(failures ? 1 : 0);
