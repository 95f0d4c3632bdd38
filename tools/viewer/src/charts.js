// SPDX-License-Identifier: Apache-2.0
// Pull-back charts: pointing at a chart reads the vessel there and moves the marker of the 3-D view.

export class Charts {
    constructor(tree, onPoint) {
        this.tree = tree;
        this.charts = [...document.querySelectorAll("svg.pullback")].map((svg) => {
            const vessel = tree.vessels.find((v) => v.name === svg.dataset.vessel);
            const chart = {
                svg, vessel, x0: Number(svg.dataset.x0), perMm: Number(svg.dataset.perMm),
                cursor: svg.querySelector(".cursor"),
            };
            svg.addEventListener("pointermove", (event) => this.point(chart, event, onPoint));
            svg.addEventListener("click", (event) => this.point(chart, event, onPoint));
            return chart;
        }).filter((chart) => chart.vessel);
    }

    point(chart, event, onPoint) {
        const matrix = chart.svg.getScreenCTM();
        if (!matrix) return;
        const x = (event.clientX - matrix.e) / matrix.a;
        const distance = (x - chart.x0) / chart.perMm;
        const last = this.tree.points[chart.vessel.points.at(-1)].fromOstium;
        if (distance >= 0 && distance <= last) onPoint(this.tree.nearestInVessel(chart.vessel, distance));
    }

    // Puts the cursor of every chart that holds the point there and hides the others.
    show(pointIndex) {
        const point = this.tree.points[pointIndex];
        for (const { vessel, cursor, x0, perMm } of this.charts) {
            const inside = vessel.points.includes(pointIndex);
            cursor.setAttribute("visibility", inside ? "visible" : "hidden");
            cursor.setAttribute("transform", `translate(${(x0 + perMm * point.fromOstium).toFixed(1)} 0)`);
        }
    }
}
