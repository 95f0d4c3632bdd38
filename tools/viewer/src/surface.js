// SPDX-License-Identifier: Apache-2.0
// The lumen surface as src/report/surface_data.cpp packs it: zlib over byte planes of differences.

// What the FFR stream holds where no FFR is known, and its scale.
const FFR_MISSING = 65535;
const FFR_SCALE = 60000;

function bytesFromBase64(text) {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; ++i) bytes[i] = binary.charCodeAt(i);
    return bytes;
}

async function inflate(bytes) {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Undoes planes and differences: `count` values of `width` bytes, low plane first.
function unpack(bytes, offset, count, width) {
    const values = new Uint32Array(count);
    const mask = width === 2 ? 0xffff : 0xffffffff;
    let value = 0;
    for (let i = 0; i < count; ++i) {
        let step = 0;
        for (let plane = 0; plane < width; ++plane) step |= bytes[offset + plane * count + i] << (8 * plane);
        value = ((value + step) & mask) >>> 0;
        values[i] = value;
    }
    return values;
}

// Returns {positions (mm, LPS), ffr (NaN: not known), point (nearest centerline point), triangles}.
export async function decodeSurface(surface) {
    const bytes = await inflate(bytesFromBase64(surface.data));
    const n = surface.vertices;
    const positions = new Float32Array(3 * n);
    for (let axis = 0; axis < 3; ++axis) {
        const values = unpack(bytes, axis * 2 * n, n, 2);
        for (let i = 0; i < n; ++i) positions[3 * i + axis] = surface.origin[axis] + surface.step[axis] * values[i];
    }
    const packedFfr = unpack(bytes, 6 * n, n, 2);
    const ffr = new Float32Array(n);
    for (let i = 0; i < n; ++i) ffr[i] = packedFfr[i] === FFR_MISSING ? NaN : packedFfr[i] / FFR_SCALE;
    const point = unpack(bytes, 8 * n, n, 2);
    const triangles = unpack(bytes, 10 * n, 3 * surface.triangles, 4);
    return { positions, ffr, point, triangles };
}
