// SPDX-License-Identifier: Apache-2.0
// Entry: wires the page that src/report wrote. Without WebGL the static picture stays, and everything else works.
import { Charts } from "./charts.js";
import { makeColours } from "./colours.js";
import { TreeScene, standardViews } from "./scene.js";
import { runSelfTest } from "./selftest.js";
import { decodeSurface } from "./surface.js";
import { Tree, describe, ffrClass } from "./tree.js";

const byId = (id) => document.getElementById(id);

function element(name, text, className) {
    const node = document.createElement(name);
    node.textContent = text;
    if (className) node.className = className;
    return node;
}

class Page {
    constructor(data) {
        this.data = data;
        this.tree = new Tree(data);
        this.readout = byId("readout");
        this.charts = new Charts(this.tree, (index) => this.select(index));
        this.buildWalk();
        for (const button of document.querySelectorAll("button[data-lesion]"))
            button.addEventListener("click", () => this.selectLesion(Number(button.dataset.lesion)));
    }

    async startScene() {
        const surface = await decodeSurface(this.data.surface);
        const host = byId("canvas-host");
        host.hidden = false;
        try {
            this.scene = new TreeScene(host, surface, makeColours(this.data.colours));
        } catch (error) {
            host.hidden = true;
            throw error;
        }
        byId("viewer").classList.add("live");
        this.buildViewButtons();
        this.buildLabels(host);
        this.listen(this.scene.canvas);
    }

    buildViewButtons() {
        const bar = byId("views");
        standardViews.forEach((view, i) => {
            const button = element("button", view.name);
            button.type = "button";
            button.title = `Key ${i + 1}`;
            button.addEventListener("click", () => this.scene.setView(view));
            bar.append(button);
        });
        bar.hidden = false;
    }

    // Labels over the picture: lesions (buttons), vessel names, anatomical directions at the edges.
    buildLabels(host) {
        this.labels = this.data.lesions.map((lesion, i) => {
            const node = element("button", lesion.label, `label lesion ${ffrClass(lesion.ffr)}`);
            node.type = "button";
            node.addEventListener("click", () => this.selectLesion(i));
            return { node, point: this.tree.nearestInBranch(lesion.branch, lesion.throat) };
        });
        for (const vessel of this.tree.vessels) {
            if (vessel.points.length < 2) continue;
            const node = element("span", vessel.name, "label vessel");
            this.labels.push({ node, point: vessel.points.at(-1) });
        }
        this.edges = ["top", "bottom", "left", "right"]
            .map((edge) => ({ edge, node: element("span", "", `edge ${edge}`) }));
        host.append(...this.labels.map((label) => label.node), ...this.edges.map((edge) => edge.node));
        this.scene.onDraw = () => this.placeLabels();
        this.placeLabels();
    }

    placeLabels() {
        for (const { node, point } of this.labels) {
            const place = this.scene.project(this.tree.points[point].position);
            node.style.visibility = place.visible ? "visible" : "hidden";
            node.style.left = `${place.x.toFixed(1)}px`;
            node.style.top = `${place.y.toFixed(1)}px`;
        }
        const letters = this.scene.edgeLetters();
        for (const { edge, node } of this.edges) node.textContent = letters[edge];
    }

    listen(canvas) {
        canvas.tabIndex = 0;
        canvas.setAttribute("role", "application");
        canvas.setAttribute("aria-label",
            "Coronary tree in 3-D. Arrow keys turn, Shift and arrow keys move, plus and minus zoom, " +
            "1 to 8 standard views.");
        let down = null;
        canvas.addEventListener("pointerdown", (event) => { down = [event.clientX, event.clientY]; });
        canvas.addEventListener("click", (event) => {
            // The end of a drag is no click.
            if (down && Math.hypot(event.clientX - down[0], event.clientY - down[1]) > 4) return;
            const index = this.scene.pick(event.clientX, event.clientY);
            if (index >= 0) this.select(index);
        });
        canvas.addEventListener("keydown", (event) => this.key(event));
    }

    key(event) {
        const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
        const arrow = arrows[event.key];
        const view = standardViews[Number(event.key) - 1];
        if (arrow && event.shiftKey) this.scene.pan(0.05 * arrow[0], 0.05 * arrow[1]);
        else if (arrow) this.scene.turn(-10 * arrow[0], 10 * arrow[1]);
        else if (event.key === "+" || event.key === "=") this.scene.zoomBy(1.2);
        else if (event.key === "-") this.scene.zoomBy(1 / 1.2);
        else if (view) this.scene.setView(view);
        else return;
        event.preventDefault();
    }

    // Slider along a vessel: the way to read every point without a mouse.
    buildWalk() {
        const choice = byId("walk-vessel"), slider = byId("walk");
        this.tree.vessels.forEach((vessel, i) => {
            const option = element("option", vessel.name);
            option.value = String(i);
            choice.append(option);
        });
        const walk = () => {
            const vessel = this.tree.vessels[Number(choice.value)];
            if (vessel) this.select(vessel.points[Math.min(Number(slider.value), vessel.points.length - 1)], false);
        };
        choice.addEventListener("change", () => {
            slider.max = String((this.tree.vessels[Number(choice.value)]?.points.length ?? 1) - 1);
            slider.value = "0";
            walk();
        });
        slider.max = String((this.tree.vessels[0]?.points.length ?? 1) - 1);
        slider.value = "0";
        slider.addEventListener("input", walk);
        byId("walk-bar").hidden = this.tree.vessels.length === 0;
        byId("walk-side").hidden = false;
    }

    selectLesion(i) {
        const lesion = this.data.lesions[i];
        this.select(this.tree.nearestInBranch(lesion.branch, lesion.throat));
    }

    select(index, moveSlider = true) {
        const point = this.tree.points[index];
        this.readout.replaceChildren(...describe(point, this.data.lesions).flatMap(([label, value, kind]) =>
            [element("dt", label), element("dd", value, kind)]));
        this.scene?.showMarker(point.position, point.radius);
        this.charts.show(index);
        if (!moveSlider) return;
        const choice = byId("walk-vessel"), slider = byId("walk");
        let vessel = this.tree.vessels[Number(choice.value)];
        if (!vessel?.points.includes(index)) vessel = this.tree.vesselOf(index);
        if (!vessel) return;
        choice.value = String(this.tree.vessels.indexOf(vessel));
        slider.max = String(vessel.points.length - 1);
        slider.value = String(vessel.points.indexOf(index));
    }
}

async function start() {
    const holder = byId("ctffr-data");
    if (!holder) return;
    const page = new Page(JSON.parse(holder.textContent));
    let failure = null;
    try {
        await page.startScene();
    } catch (error) {
        failure = error;
        byId("viewer-note").textContent =
            "This browser shows no WebGL picture, so the tree above is a fixed projection. " +
            "The values can still be read with the slider.";
    }
    if (location.hash === "#selftest")
        runSelfTest({
            scene: page.scene, tree: page.tree, readout: page.readout, failure,
            views: byId("views").children.length,
        });
}

start();
