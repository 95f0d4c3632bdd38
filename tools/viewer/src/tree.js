// SPDX-License-Identifier: Apache-2.0
// The centerline tree of the page's data: points with distance from the ostium, and the words for one point.

export class Tree {
    constructor(data) {
        this.data = data;
        this.points = [];
        this.firstPoint = [];  // of each branch, index into points
        const startMm = [];    // of each branch, distance from the ostium
        data.branches.forEach((branch, b) => {
            const parent = branch.parent;
            startMm[b] = parent < 0 ? 0 : startMm[parent] + data.branches[parent].arc.at(-1);
            this.firstPoint[b] = this.points.length;
            branch.arc.forEach((arc, i) => this.points.push({
                branch: b,
                segment: branch.segment,
                position: branch.xyz.slice(3 * i, 3 * i + 3),
                arc,
                fromOstium: startMm[b] + arc,
                radius: branch.radius[i],
                ffr: branch.ffr[i],
                pressure: branch.pressure[i],
            }));
        });
        // Points of each vessel from the ostium on; a child repeats the last point of its parent.
        this.vessels = data.vessels.map((vessel) => ({
            name: vessel.name,
            points: vessel.branches.flatMap((b, k) => {
                const first = this.firstPoint[b], count = data.branches[b].arc.length;
                return Array.from({ length: count - (k ? 1 : 0) }, (_, i) => first + i + (k ? 1 : 0));
            }),
        }));
    }

    // The point of a branch nearest to an arc length (which may lie before or behind the branch).
    nearestInBranch(branch, arcMm) {
        const arcs = this.data.branches[branch].arc;
        let best = 0;
        arcs.forEach((arc, i) => { if (Math.abs(arc - arcMm) < Math.abs(arcs[best] - arcMm)) best = i; });
        return this.firstPoint[branch] + best;
    }

    // The point of a vessel nearest to a distance from the ostium.
    nearestInVessel(vessel, distanceMm) {
        return vessel.points.reduce((best, p) =>
            Math.abs(this.points[p].fromOstium - distanceMm) < Math.abs(this.points[best].fromOstium - distanceMm)
                ? p : best, vessel.points[0]);
    }

    vesselOf(pointIndex) {
        return this.vessels.find((vessel) => vessel.points.includes(pointIndex));
    }
}

// The same rules as src/report/text.cpp: two digits, nothing exact below 0.50, class by the shown value.
export function ffrText(ffr) {
    if (!Number.isFinite(ffr)) return "not available";
    return Math.round(100 * ffr) < 50 ? "< 0.50" : ffr.toFixed(2);
}

export function ffrClass(ffr) {
    if (!Number.isFinite(ffr)) return "missing";
    const hundredths = Math.round(100 * ffr);
    return hundredths <= 75 ? "low" : hundredths <= 80 ? "grey" : "high";
}

const classWords = { low: "0.75 or less", grey: "grey zone 0.76-0.80", high: "above 0.80", missing: "" };

const withUnit = (value, digits, unit) => Number.isFinite(value) ? `${value.toFixed(digits)} ${unit}` : "not available";

// Rows for the read-out panel: label, value, CSS class. The value at a point is local and gets no class; a lesion is
// graded by its reading below it, so inside a lesion that reading comes first.
export function describe(point, lesions) {
    const rows = lesions
        .filter((lesion) => lesion.branch === point.branch && point.arc >= lesion.start && point.arc <= lesion.end)
        .map((lesion) => {
            const ffr = lesion.ffr ?? NaN, kind = ffrClass(ffr);
            return [`${lesion.label}, FFR below`, ffrText(ffr) + (classWords[kind] && ` (${classWords[kind]})`), kind];
        });
    return [
        ...rows,
        ["FFR here", ffrText(point.ffr), ""],
        ["Segment", point.segment, ""],
        ["From the ostium", withUnit(point.fromOstium, 1, "mm"), ""],
        ["Pressure", withUnit(point.pressure, 0, "mmHg"), ""],
        ["Radius", withUnit(point.radius, 2, "mm"), ""],
        ["Position LPS, mm", point.position.map((x) => x.toFixed(1)).join(", "), ""],
    ];
}
