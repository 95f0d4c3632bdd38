// SPDX-License-Identifier: Apache-2.0
// The FFR colour table of the page (made in src/report/colormap.cpp) as a function of FFR.
import { Color } from "three";

export function makeColours(table) {
    const colours = table.rgb.match(/.{6}/g).map((hex) => new Color(parseInt(hex, 16)));
    const missing = new Color(parseInt(table.missing, 16));
    return (ffr) => {
        if (!Number.isFinite(ffr)) return missing;
        const t = (ffr - table.low) / (table.high - table.low);
        return colours[Math.round(Math.min(1, Math.max(0, t)) * (colours.length - 1))];
    };
}
