// SPDX-License-Identifier: Apache-2.0
// With #selftest in the address the page tries itself and writes what it saw as JSON into <pre id="selftest">.
// tests/report-page reads it after a headless browser has loaded the page.

// Share of canvas pixels that differ from the background, and how many different colours there are.
function pixelFigures(scene) {
    scene.render();
    const gl = scene.renderer.getContext();
    const width = gl.drawingBufferWidth, height = gl.drawingBufferHeight;
    const pixels = new Uint8Array(4 * width * height);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    const colours = new Set();
    let drawn = 0;
    for (let i = 0; i < pixels.length; i += 4) {
        if (Math.abs(pixels[i] - pixels[0]) + Math.abs(pixels[i + 1] - pixels[1]) +
            Math.abs(pixels[i + 2] - pixels[2]) < 24) continue;
        ++drawn;
        colours.add((pixels[i] >> 4) << 8 | (pixels[i + 1] >> 4) << 4 | pixels[i + 2] >> 4);
    }
    return { drawn_fraction: drawn / (width * height), colours: colours.size };
}

// Real pointer and click events on the canvas where a tree point is seen; returns what the read-out then says.
function clickOn(scene, readout, position) {
    const place = scene.project(position);
    const box = scene.canvas.getBoundingClientRect();
    const options = {
        bubbles: true, clientX: box.left + place.x, clientY: box.top + place.y, button: 0, pointerId: 1,
        pointerType: "mouse", isPrimary: true,
    };
    scene.canvas.dispatchEvent(new PointerEvent("pointerdown", options));
    scene.canvas.dispatchEvent(new PointerEvent("pointerup", options));
    scene.canvas.dispatchEvent(new MouseEvent("click", options));
    return readout.textContent;
}

// Points at the middle of the first pull-back chart; returns what the read-out then says.
function pointAtChart(readout) {
    const svg = document.querySelector("svg.pullback");
    if (!svg) return "";
    const box = svg.getBoundingClientRect();
    svg.dispatchEvent(new PointerEvent("pointermove", {
        bubbles: true, clientX: box.left + 0.5 * box.width, clientY: box.top + 0.1 * box.height,
    }));
    return readout.textContent;
}

function pressLesionButton(readout) {
    document.querySelector("button[data-lesion]")?.click();
    return readout.textContent;
}

export function runSelfTest({ scene, tree, readout, failure, views }) {
    const report = { webgl: Boolean(scene), failure: failure ? String(failure) : "" };
    if (scene) {
        report.vertices = scene.surface.positions.length / 3;
        report.triangles = scene.surface.triangles.length / 3;
        Object.assign(report, pixelFigures(scene));
        // The middle of the first branch with more than a few points is seen from the front or is covered by
        // something that has an FFR as well.
        const branch = tree.data.branches.findIndex((b) => b.arc.length > 10);
        const target = tree.points[tree.firstPoint[branch] + Math.floor(tree.data.branches[branch].arc.length / 2)];
        report.click = clickOn(scene, readout, target.position);
        const before = scene.camera.position.toArray();
        scene.canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
        report.key_turns = scene.camera.position.toArray().some((c, i) => Math.abs(c - before[i]) > 1);
        report.view_buttons = views;
        scene.setView({ lao: 0, cranial: 0 });
    }
        report.chart = pointAtChart(readout);
    report.lesion = pressLesionButton(readout);
    const pre = document.createElement("pre");
    pre.id = "selftest";
    pre.hidden = true;
    pre.textContent = JSON.stringify(report);
    document.body.append(pre);
}
