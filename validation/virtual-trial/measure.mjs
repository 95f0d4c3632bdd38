// SPDX-License-Identifier: Apache-2.0
// What a pressure wire would read in virtual patients, and what runs of ctffr say at the same places.
//
//   node measure.mjs wire PATIENTS SEED...      places.json: per vessel the place and the FFR of the 3-D flow on the true lumen
//   node measure.mjs cohort PATIENTS RUNS SEED...   table for `ctffr validate`, to stdout
//   node measure.mjs figures VALIDATION.json ARM   lines CASE FIGURE VALUE UNIT BOUND VERDICT
//   node measure.mjs intervals PATIENTS RUNS SEED...  the same of the stated deviations
//
// PATIENTS/SEED/{truth,invasive}: truth of the generator, run on the true lumen with the true physiology.
// RUNS/SEED: folder of a run on the series. All geometry is LPS mm.
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import { createHash } from 'node:crypto';

const vessels = ['LAD', 'LCX', 'RCA'];
const [mode, patients, ...rest] = process.argv.slice(2);
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

// Segments of a main vessel, from its beginning on; of two branches of one segment the longer one is followed.
const segments = {
    LAD: ['LM', 'pLAD', 'mLAD', 'dLAD'],
    LCX: ['LM', 'pCx', 'LCx', 'L-PDA'],
    RCA: ['pRCA', 'mRCA', 'dRCA', 'R-PDA'],
};
const own = (vessel) => segments[vessel].filter((s) => s !== 'LM');

// Points of a vessel with arc length from the ostium; empty when the tree has no such vessel.
function line(result, vessel) {
    const length = (b) => b.points.at(-1).arc_mm;
    const chosen = [];
    let parent = -1;
    for (;;) {
        const next = result.branches
            .filter((b) => b.parent === parent && segments[vessel].includes(b.segment))
            .sort((a, b) => segments[vessel].indexOf(a.segment) - segments[vessel].indexOf(b.segment) || length(b) - length(a))[0];
        if (!next) break;
        chosen.push(next);
        parent = next.id;
    }
    if (!chosen.some((b) => own(vessel).includes(b.segment))) return [];
    const points = [];
    let start = 0;
    for (const branch of chosen) {
        for (const p of branch.points) points.push({ ...p, branch: branch.id, along_mm: start + p.arc_mm });
        start += length(branch);
    }
    return points;
}

// The wire is read 20 mm below the last narrowing of 30 % or more below which 10 mm are left where the healthy vessel is
// 1.8 mm wide; a vessel without one was not measured.
function place(truth, invasive, vessel) {
    const points = line(invasive, vessel).filter((p) => p.ffr !== null && p.reference_radius_mm >= 0.9);
    let best = null;
    for (const lesion of truth.lesions.filter((l) => l.diameter_stenosis_pct >= 30)) {
        const branch = truth.branches.find((b) => b.id === lesion.branch);
        const off = (p) => Math.abs(p.arc_mm - lesion.end_mm);
        const tip = branch.points.reduce((a, b) => (off(b) < off(a) ? b : a)).lps_mm;
        const end = points.reduce((a, b) => (a && distance(a.lps_mm, tip) < distance(b.lps_mm, tip) ? a : b), null);
        if (!end || distance(end.lps_mm, tip) > 0.6) continue; // on another vessel
        const read = points.filter((p) => p.along_mm <= end.along_mm + 20).at(-1);
        if (read.along_mm < end.along_mm + 10 || (best && best.along_mm > read.along_mm)) continue;
        best = { ...read, below_mm: read.along_mm - end.along_mm };
    }
    return best && { vessel, lps_mm: best.lps_mm, below_mm: best.below_mm, ffr_true: best.ffr };
}

// Noise of one wire measurement, normal, SD 0.018 (repeated FFR, Johnson 2015).
// From patient and vessel alone, so that every run meets the same measurement.
function wire(seed, vessel, ffr) {
    const bytes = createHash('sha256').update(`wire ${seed} ${vessel}`).digest();
    const u = [0, 6].map((at) => (bytes.readUIntBE(at, 6) + 0.5) / 2 ** 48);
    return ffr + 0.018 * Math.sqrt(-2 * Math.log(u[0])) * Math.cos(2 * Math.PI * u[1]);
}

// What a run says at a place: the nearest point of its tree.
function reading(run, at) {
    let best = null;
    for (const branch of run.branches)
        for (const p of branch.points) {
            if (p.ffr === null) continue;
            const off = distance(p.lps_mm, at);
            if (!best || off < best.off) best = { ...p, off };
        }
    return best && best.off <= 3 ? best : null;
}

// The stated 90 % intervals of FFR below lesions, with the true FFR at the place where each is read.
function lesionIntervals(seed, file) {
    const invasive = `${patients}/${seed}/invasive/result.json`;
    if (!existsSync(file) || !existsSync(invasive)) return [];
    const run = read(file), truth = read(invasive);
    return (run.uncertainty?.lesions ?? []).flatMap((l) => {
        const at = l.ffr_low_90 === null || !l.read_lps_mm ? null : reading(truth, l.read_lps_mm);
        return at ? [{ truth: at.ffr, low: l.ffr_low_90, high: l.ffr_high_90 }] : [];
    });
}

function* measured(runs, seeds) {
    for (const seed of seeds) {
        const file = `${patients}/${seed}/places.json`;
        if (!existsSync(file)) continue;
        const result = `${runs}/${seed}/result.json`;
        const run = existsSync(result) ? read(result) : null;
        for (const at of read(file)) yield { seed, at, run };
    }
}

if (mode === 'wire') {
    for (const seed of rest) {
        const truth = read(`${patients}/${seed}/truth/result.json`), file = `${patients}/${seed}/invasive/result.json`;
        const invasive = existsSync(file) ? read(file) : null;
        if (!invasive?.branches.length) console.error(`measure.mjs: no invasive measurement in patient ${seed}`);
        const places = invasive?.branches.length ? vessels.map((v) => place(truth, invasive, v)).filter(Boolean) : [];
        for (const p of places) p.ffr_wire = Math.min(1.05, wire(seed, p.vessel, p.ffr_true));
        writeFileSync(`${patients}/${seed}/places.json`, JSON.stringify(places, null, 1) + '\n');
    }
} else if (mode === 'cohort') {
    const [runs, ...seeds] = rest;
    console.log('case,vessel,ffr_ct,ffr_invasive,ffr_ct_lesion,ffr_ct_distal,ds_pct,state');
    for (const { seed, at, run } of measured(runs, seeds)) {
        const found = run && run.branches.length ? reading(run, at.lps_mm) : null;
        const state = found ? 'ok' : `rejected: ${run && run.branches.length ? 'the vessel was not found at the place of the wire' : 'no result'}`;
        const vessel = found && run.vessels.find((v) => v.name === at.vessel);
        const lesions = found ? run.lesions.filter((l) => l.vessel === at.vessel) : [];
        const worst = lesions.reduce((a, b) => (a && a.diameter_stenosis_pct > b.diameter_stenosis_pct ? a : b), null);
        const text = (x) => (x === null || x === undefined ? '' : String(x));
        console.log([`p${seed}`, at.vessel, text(found?.ffr), at.ffr_wire.toFixed(4), text(worst?.ffr_20mm_distal),
            text(vessel?.ffr_distal), text(found && (worst?.diameter_stenosis_pct ?? 0)), `"${state}"`].join(','));
    }
} else if (mode === 'figures') {
    const [arm] = rest, all = read(patients), main = all.readouts[0];
    const put = (figure, e, digits = 3) =>
        console.log(`virtual-trial ${arm}-${figure} ${e.value === null ? 'nan' : e.value.toFixed(digits)} - - info` +
            (e.low === null || e.low === undefined ? '' : ` ${e.low.toFixed(digits)} ${e.high.toFixed(digits)}`));
    const share = (p) => ({ ...p.wilson, value: p.count ? p.successes / p.count : null });
    put('vessels', { value: main.vessels }, 0);
    put('rejected', { value: all.cohort.rejected }, 0);
    for (const key of ['accuracy', 'sensitivity', 'specificity', 'ppv', 'npv']) put(key, share(main.per_vessel[key]));
    put('auc', main.per_vessel.auc.delong);
    if (all.stenosis) put('auc-of-stenosis', all.stenosis.per_vessel.auc.delong);
    put('bias', main.bland_altman.bias, 4);
    put('sd-of-difference', main.bland_altman.standard_deviation, 4);
    put('pearson', main.pearson);
    put('accuracy-grey-zone', share(main.inside_grey_zone));
    put('accuracy-outside', share(main.outside_grey_zone));
    for (const band of main.bands_by_computed)
        put(`accuracy-where-computed-${band.above ?? 'below'}-${band.up_to ?? 'above'}`, share(band.agreement));
    for (const key of ['accuracy', 'sensitivity', 'specificity']) put(`per-patient-${key}`, share(main.per_patient[key]));
} else if (mode === 'intervals') {
    const [runs, ...seeds] = rest;
    const pairs = [];
    for (const { at, run } of measured(runs, seeds)) {
        const found = run && run.branches.length ? reading(run, at.lps_mm) : null;
        if (found && found.ffr_sd !== null) pairs.push({ error: found.ffr - at.ffr_true, sd: found.ffr_sd });
    }
    const share = (k) => pairs.filter((p) => Math.abs(p.error) <= k * p.sd).length / pairs.length;
    const put = (figure, value, bound = '-', verdict = 'info') => console.log(`virtual-trial ${figure} ${value} - ${bound} ${verdict}`);
    const lesions = seeds.flatMap((seed) => lesionIntervals(seed, `${runs}/${seed}/result.json`));
    put('stated-intervals', lesions.length);
    const held = lesions.filter((l) => l.low <= l.truth && l.truth <= l.high).length / lesions.length;
    put('interval-90-holds-truth', held.toFixed(3), '0.85..0.95', held >= 0.85 && held <= 0.95 ? 'pass' : 'fail');
    put('interval-90-truth-below', lesions.filter((l) => l.truth < l.low).length);
    put('interval-90-truth-above', lesions.filter((l) => l.truth > l.high).length);
    put('wire-within-1.645-deviations', share(1.6449).toFixed(3));
    put('wire-within-0.6745-deviations', share(0.6745).toFixed(3));
    const grey = pairs.filter((p) => p.sd > 0.02);
    put('stated-deviation-median', [...pairs].sort((a, b) => a.sd - b.sd)[pairs.length >> 1]?.sd.toFixed(4));
    put('intervals-wider-than-0.033', grey.length);
} else {
    console.error('measure.mjs: wire, cohort, figures or intervals; see the head of this file.');
    process.exit(2);
}
