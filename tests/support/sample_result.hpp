// SPDX-License-Identifier: Apache-2.0
// A fabricated but plausible finished case for tests of what comes after the solver (tables, pictures,
// files): a right-dominant tree of curved tubes with two stenoses, a closed surface, flow and FFR. Not
// physics: the pressure falls by a simple rule along the vessels, and flow splits by r^2.7.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/data/result.hpp"

namespace ctffr::test {

// A narrowing of a sample branch: place, share of the diameter lost, half width at 1/e.
struct SampleStenosis {
    double throat_mm, depth, width_mm;
};

struct SampleBranch {
    Segment segment;
    int parent;
    Side side;
    double radius_start_mm, radius_end_mm;
    std::vector<Vec3> control_lps_mm;  // without the first point when it has a parent
    std::vector<SampleStenosis> stenoses;
};

inline std::vector<SampleBranch> sample_branches() {
    using enum Segment;
    const Side l = Side::left, r = Side::right;
    return {
        {lm, -1, l, 2.2, 2.1, {{14, -4, 6}, {18, -6, 5.5}, {24, -9, 4}}, {}},
        {p_lad, 0, l, 1.85, 1.7, {{29, -19, 4}, {34, -28, 0}, {38, -35, -7}}, {}},
        {m_lad, 1, l, 1.65, 1.35, {{42, -41, -15}, {46, -47, -24}, {51, -51, -34}}, {{12, 0.62, 4.5}}},
        {d_lad, 2, l, 1.3, 0.75, {{55, -54, -44}, {59, -55, -55}, {60, -52, -66}}, {}},
        {d1, 1, l, 1.2, 0.7, {{46, -36, -13}, {56, -35, -24}, {64, -34, -40}}, {}},
        {p_cx, 0, l, 1.7, 1.5, {{29, -2, 1}, {35, 6, -4}, {41, 14, -12}}, {{14, 0.52, 3.5}}},
        {d_cx, 5, l, 1.3, 0.75, {{43, 22, -19}, {42, 29, -27}, {36, 36, -36}}, {}},
        {om1, 5, l, 1.3, 0.7, {{49, 17, -19}, {58, 14, -31}, {64, 5, -48}}, {}},
        {p_rca, -1, r, 1.9, 1.75, {{-6, -14, 4}, {-13, -22, 4}, {-24, -27, 0}, {-35, -26, -8}}, {}},
        {m_rca, 8, r, 1.7, 1.6, {{-43, -20, -18}, {-46, -10, -30}, {-42, 1, -41}}, {}},
        {d_rca, 9, r, 1.6, 1.4, {{-34, 11, -48}, {-22, 20, -51}, {-6, 26, -51}}, {}},
        {r_pda, 10, r, 1.1, 0.7, {{5, 20, -55}, {18, 6, -61}, {34, -12, -66}}, {}},
        {r_plb, 10, r, 1.0, 0.65, {{5, 31, -48}, {17, 34, -46}, {28, 33, -46}}, {}},
    };
}

// Points every 0.5 mm along a Catmull-Rom curve through the control points.
inline std::vector<Vec3> sample_curve(const std::vector<Vec3>& control, Vec3 before) {
    std::vector<Vec3> dense;
    const std::size_t n = control.size();
    for (std::size_t i = 0; i + 1 < n; ++i) {
        const Vec3 p0 = i == 0 ? before : control[i - 1], p1 = control[i], p2 = control[i + 1];
        const Vec3 p3 = i + 2 < n ? control[i + 2] : p2 + (p2 - p1);
        for (int k = 0; k < 200; ++k) {
            const double t = k / 200.0, t2 = t * t, t3 = t2 * t;
            dense.push_back(0.5 * ((-t + 2 * t2 - t3) * p0 + (2 - 5 * t2 + 3 * t3) * p1 +
                                   (t + 4 * t2 - 3 * t3) * p2 + (t3 - t2) * p3));
        }
    }
    dense.push_back(control.back());
    double length = 0;
    for (std::size_t i = 1; i < dense.size(); ++i) length += distance(dense[i], dense[i - 1]);
    const int pieces = static_cast<int>(std::ceil(length / 0.5));
    std::vector<Vec3> even{dense.front()};
    double walked = 0;
    for (std::size_t i = 1; i < dense.size(); ++i) {
        const double step = distance(dense[i], dense[i - 1]);
        while (static_cast<int>(even.size()) < pieces &&
               walked + step >= length * static_cast<double>(even.size()) / pieces)
            even.push_back(lerp(dense[i - 1], dense[i],
                                (length * static_cast<double>(even.size()) / pieces - walked) / step));
        walked += step;
    }
    even.push_back(dense.back());
    return even;
}

inline CoronaryTree sample_tree() {
    CoronaryTree tree;
    tree.dominance = Dominance::right;
    for (const SampleBranch& spec : sample_branches()) {
        Branch branch;
        branch.id = static_cast<int>(tree.branches.size());
        branch.parent = spec.parent, branch.side = spec.side, branch.segment = spec.segment;
        branch.label_confidence = 0.9;
        std::vector<Vec3> control = spec.control_lps_mm;
        Vec3 before = control[0] - 0.5 * (control[1] - control[0]);
        if (spec.parent >= 0) {
            const auto& parent = tree.branches[static_cast<std::size_t>(spec.parent)].points;
            control.insert(control.begin(), parent.back().position_lps_mm);
            before = control[0] - 6 * parent.back().tangent;
        }
        for (const Vec3& p : sample_curve(control, before)) branch.points.push_back({p, {}, 0, 0});
        update_arc_and_tangents(branch);
        for (CenterlinePoint& p : branch.points) {
            p.radius_mm = spec.radius_start_mm +
                          (spec.radius_end_mm - spec.radius_start_mm) * p.arc_mm / branch.length_mm();
            for (const SampleStenosis& s : spec.stenoses)
                p.radius_mm *= 1 - s.depth * std::exp(-std::pow((p.arc_mm - s.throat_mm) / s.width_mm, 2));
        }
        tree.branches.push_back(std::move(branch));
    }
    tree.branches[9].flags.push_back(
        {BranchFlag::Kind::calcified, 6, 14, "Dense calcium; the lumen may look narrower than it is."});
    return tree;
}

// Slightly oval sections and one closed tube per branch.
inline LumenSurface sample_lumen(const CoronaryTree& tree) {
    constexpr int angles = 24;
    LumenSurface lumen;
    lumen.method = "sample";
    TriangleMesh& mesh = lumen.mesh;
    for (const Branch& branch : tree.branches) {
        LumenBranch sections{branch.id, frames_along(branch)};
        const auto first = static_cast<std::int32_t>(mesh.points_lps_mm.size());
        for (std::size_t i = 0; i < sections.sections.size(); ++i) {
            LumenSection& s = sections.sections[i];
            for (int a = 0; a < angles; ++a) {
                const double phi = 2 * pi * a / angles;
                const double r = branch.points[i].radius_mm * (1 + 0.08 * std::cos(2 * phi));
                s.radius_mm.push_back(static_cast<float>(r));
                s.radius_sd_mm.push_back(0.1f);
                mesh.points_lps_mm.push_back(s.center_lps_mm + r * std::cos(phi) * s.normal +
                                             r * std::sin(phi) * s.binormal);
            }
            s.open.assign(angles, 0);
            s.area_mm2 = polygon_area_mm2(s);
        }
        const auto rings = static_cast<std::int32_t>(sections.sections.size());
        const auto add = [&](std::int32_t a, std::int32_t b, std::int32_t c, std::int32_t patch) {
            mesh.triangles.push_back({a, b, c});
            mesh.patch.push_back(patch);
        };
        for (std::int32_t i = 0; i + 1 < rings; ++i)
            for (std::int32_t a = 0; a < angles; ++a) {
                const std::int32_t p = first + i * angles + a, q = first + i * angles + (a + 1) % angles;
                add(p, q, q + angles, 0), add(p, q + angles, p + angles, 0);
            }
        for (const std::int32_t end : {0, rings - 1}) {
            const LumenSection& s = sections.sections[static_cast<std::size_t>(end)];
            const auto center = static_cast<std::int32_t>(mesh.points_lps_mm.size());
            mesh.points_lps_mm.push_back(s.center_lps_mm);
            lumen.caps.push_back({end == 0 ? "inlet" : "outlet", branch.id, end == 0 && branch.parent < 0,
                                  s.center_lps_mm, end == 0 ? -s.tangent : s.tangent, s.area_mm2});
            for (std::int32_t a = 0; a < angles; ++a) {
                const std::int32_t p = first + end * angles + a, q = first + end * angles + (a + 1) % angles;
                if (end == 0)
                    add(center, q, p, static_cast<std::int32_t>(lumen.caps.size()));
                else
                    add(center, p, q, static_cast<std::int32_t>(lumen.caps.size()));
            }
        }
        lumen.branches.push_back(std::move(sections));
    }
    return lumen;
}

// Outlets, flow, pressure and FFR: flow by r^2.7 of the ends, pressure loss per length rising with (healthy /
// r)^4.
inline void add_sample_flow(CaseResult& result) {
    const auto& branches = result.tree.branches;
    const auto specs = sample_branches();
    Hyperaemia& h = result.hyperaemia;
    h.aortic_pressure = pa_from_mmhg(86), h.venous_pressure = pa_from_mmhg(5),
    h.total_flow = m3_s_from_ml_min(560);
    std::vector<double> share(branches.size(), 0);
    double total = 0;
    for (const Branch& branch : branches)
        if (result.tree.children_of(branch.id).empty()) {
            const double weight = std::pow(branch.points.back().radius_mm, 2.7);
            total += weight;
            for (const int id : result.tree.path_to(branch.id)) share[static_cast<std::size_t>(id)] += weight;
        }
    for (const Branch& branch : branches) {
        const auto b = static_cast<std::size_t>(branch.id);
        const double flow = h.total_flow * share[b] / total;
        double ffr = branch.parent < 0 ? 1.0 : result.ffr.ffr[static_cast<std::size_t>(branch.parent)].back();
        std::vector<double> ffrs, reference;
        for (std::size_t i = 0; i < branch.points.size(); ++i) {
            const CenterlinePoint& p = branch.points[i];
            const double healthy =
                specs[b].radius_start_mm +
                (specs[b].radius_end_mm - specs[b].radius_start_mm) * p.arc_mm / branch.length_mm();
            if (i > 0)
                ffr -= 8.5e-4 * std::pow(healthy / p.radius_mm, 4) * (p.arc_mm - branch.points[i - 1].arc_mm);
            ffrs.push_back(ffr), reference.push_back(healthy);
        }
        std::vector<double> pressure, sd;
        for (const double value : ffrs)
            pressure.push_back(value * h.aortic_pressure), sd.push_back(0.01 + 0.12 * (1 - value));
        result.ffr.ffr.push_back(ffrs), result.ffr.ffr_sd.push_back(sd);
        result.ffr.reference_radius_mm.push_back(reference);
        result.solution.pressure.push_back(pressure);
        result.solution.flow.emplace_back(branch.points.size(), flow);
        if (result.tree.children_of(branch.id).empty()) {
            result.problem.outlets.push_back(
                {branch.id, (pressure.back() - h.venous_pressure) / flow, 1.05 * flow, reference.back()});
            result.solution.outlet_flow.push_back(flow);
        }
    }
    result.solution.model = "reduced";
    result.solution.status = {SolveStatus::Reason::converged, 7, 3.1e-11, 2.4e-12, ""};
    result.solution.residual_history = {1, 0.2, 1e-2, 4e-4, 1e-6, 2e-9, 3.1e-11};
}

inline void add_sample_lesions(CaseResult& result) {
    const auto specs = sample_branches();
    for (const int id : {2, 5}) {
        const auto b = static_cast<std::size_t>(id);
        const Branch& branch = result.tree.branches[b];
        const SampleStenosis& s = specs[b].stenoses.front();
        const auto point_at = [&](double arc) {
            std::size_t i = 0;
            while (i + 1 < branch.points.size() && branch.points[i].arc_mm < arc) ++i;
            return i;
        };
        Lesion lesion;
        lesion.segment = segment_name(branch.segment), lesion.vessel = id == 2 ? "LAD" : "LCX",
        lesion.branch = id;
        lesion.start_mm = s.throat_mm - 1.5 * s.width_mm, lesion.end_mm = s.throat_mm + 1.5 * s.width_mm;
        lesion.throat_mm = s.throat_mm, lesion.length_mm = 3 * s.width_mm;
        const std::size_t throat = point_at(s.throat_mm);
        const double reference = result.ffr.reference_radius_mm[b][throat],
                     radius = branch.points[throat].radius_mm;
        lesion.reference_diameter_mm = 2 * reference, lesion.mld_mm = 2 * radius,
        lesion.mla_mm2 = pi * radius * radius;
        lesion.diameter_stenosis_pct = 100 * (1 - radius / reference);
        lesion.area_stenosis_pct = 100 * (1 - radius * radius / (reference * reference));
        lesion.ffr_proximal = result.ffr.ffr[b][point_at(lesion.start_mm)];
        lesion.distal_read_mm = id == 2 ? branch.length_mm() - lesion.end_mm : 20;
        const std::size_t child = id == 2 ? b : 7;
        const auto& below = result.ffr.ffr[child];
        lesion.ffr_20mm_distal = id == 2 ? below.back() : below[std::min<std::size_t>(30, below.size() - 1)];
        lesion.delta_ffr = lesion.ffr_proximal - lesion.ffr_20mm_distal;
        result.lesions.push_back(lesion);
    }
    for (const Vessel& vessel : vessels_of(result.tree)) {
        VesselSummary summary;
        summary.name = vessel.name, summary.min_ffr = 1;
        for (const int id : vessel.branches) {
            const auto b = static_cast<std::size_t>(id);
            summary.length_mm += result.tree.branches[b].length_mm();
            for (const double ffr : result.ffr.ffr[b]) summary.min_ffr = std::min(summary.min_ffr, ffr);
            summary.ffr_distal = result.ffr.ffr[b].back();
        }
        result.vessels.push_back(summary);
    }
}

inline void add_sample_facts(CaseResult& result) {
    result.software = {"0.1.0", "0123abc", "CPU, 2 threads"};
    result.input_kind = "dicom";
    result.input_hash = "5f0c3f0d6a3a1f3c0f9b7f5de4a5cf2a1c6a53a2cf1e7ef1f8a3d2b1c0e9f8a7";
    result.input_geometry.size = {512, 512, 300};
    result.input_geometry.spacing_mm = {0.38, 0.38, 0.5};
    Acquisition& a = result.acquisition;
    a.manufacturer = "Example", a.model = "Scanner 1", a.kernel = "Bv40",
    a.series_description = "CCTA 75% Bv40";
    a.series_uid = "2.25.1234567890", a.study_uid = "2.25.1234567891", a.patient_id = "VP-0001",
    a.modality = "CT";
    a.selection_reason = "thinnest contrast series of the study";
    a.kvp = 100, a.slice_thickness_mm = 0.5, a.cardiac_phase_pct = 75;
    result.quality.figures = {
        {"aorta_hu", 412, "HU", Grade::pass, ""},
        {"noise_sd_hu", 24.1, "HU", Grade::pass, ""},
        {"psf_fwhm_xy_mm", 0.91, "mm", Grade::warn,
         "Edges are softer than 0.8 mm: radii of vessels below 1.5 mm diameter are less certain."}};
    result.quality.grade = Grade::warn;
    result.scan = {412, 24, 105, -85, 24.1, 0.91, 0.95};
    auto& p = result.hyperaemia.patient;
    p["age_years"] = {63, Origin::measured, "DICOM (0010,1010)"};
    p["systolic_mmhg"] = {134, Origin::measured, "command line"};
    p["diastolic_mmhg"] = {82, Origin::measured, "command line"};
    p["heart_rate_bpm"] = {62, Origin::measured, "DICOM (0018,1088)"};
    p["lv_mass_g"] = {128, Origin::estimated, "segmented myocardium x 1.05 g/mL"};
    p["hematocrit"] = {0.44, Origin::defaulted, "population mean"};
    result.timings_s = {{"read", 4.2},   {"segment", 21.3}, {"centerline", 17.9},
                        {"lumen", 24.4}, {"flow", 0.4},     {"report", 2.2}};
    result.options_toml = "[flow]\nmodel = \"reduced\"\n";
}

// The whole case. Deterministic.
// A beat of eight times at the first ostium and the last outlet; not part of sample_result().
inline PulsatileFlow sample_beat(const CaseResult& result) {
    PulsatileFlow beat;
    beat.model = "network", beat.cycles = 5, beat.resistance_index = 0.29;
    beat.status = {SolveStatus::Reason::converged, 4321, 3e-7, 2e-15, ""};
    beat.heart_rate_bpm = {75, Origin::measured, "DICOM (0018,1088)"};
    beat.pulse_pressure_mmhg = {40, Origin::defaulted, "population mean"};
    beat.period = 0.8, beat.ejection_end = 0.2855, beat.contraction_start = 0.75;
    beat.wave_free_start = 0.4, beat.wave_free_end = 0.745;
    const auto last = static_cast<int>(result.tree.branches.size()) - 1;
    beat.probes.resize(3);
    beat.probes[0].kind = PulsatileProbe::Kind::ostium, beat.probes[0].name = "left (branch 0)";
    beat.probes[1].kind = PulsatileProbe::Kind::vessel, beat.probes[1].name = "LAD",
    beat.probes[1].branch = 2;
    beat.probes[2].kind = PulsatileProbe::Kind::outlet, beat.probes[2].name = "dRCA, end (branch 9)";
    beat.probes[2].branch = last;
    for (int n = 1; n <= 8; ++n) {
        const double wave = std::sin(2 * pi * n / 8);
        beat.time.push_back(0.1 * n), beat.inflow.push_back(9e-6 - 3e-6 * wave);
        beat.aortic_pressure.push_back(11000 + 2500 * wave);
        beat.ventricle_pressure.push_back(6000 + 6000 * wave);
        for (PulsatileProbe& p : beat.probes)
            p.pressure.push_back(10000 + 2400 * wave), p.flow.push_back(2e-6 - 1e-6 * wave);
    }
    for (PulsatileProbe& p : beat.probes) {
        p.arc_mm = 12.5, p.mean_pressure_ratio = 0.81, p.wave_free_ratio = 0.77, p.steady_ratio = 0.82;
        p.mean_flow = 2e-6, p.diastolic_share = 0.7;
    }
    beat.mean_pressure_ratio = beat.wave_free_ratio = result.ffr.ffr;
    return beat;
}

// The same in 3-D, with the wall.
inline PulsatileFlow sample_beat_3d(const CaseResult& result) {
    PulsatileFlow beat = sample_beat(result);
    beat.model = "3d", beat.cells = 4321, beat.largest_courant = 17.5;
    const std::size_t points = result.lumen.mesh.points_lps_mm.size();
    for (std::size_t n = 0; n < points; ++n) {
        const float share = static_cast<float>(n) / static_cast<float>(points);
        beat.wall.mean_shear.push_back(2 + share), beat.wall.oscillation.push_back(0.4f * share);
        beat.wall.residence.push_back(0.5f + share);
    }
    beat.mean_field.pressure = {11000, 10500}, beat.mean_field.velocity = {0.1f, 0.2f, 0, 0.3f, 0, 0};
    for (std::size_t n = 0; n < result.lesions.size(); ++n) {
        BeatLesion lesion;
        lesion.within = {12.5, 30, 4, 0.01, 0.05, 0.3};
        if (n == 0) lesion.below = {1.5, 3, 0.2, 0.1, 0.45, 25};
        beat.lesions.push_back(lesion);
    }
    return beat;
}

inline CaseResult sample_result() {
    CaseResult result;
    result.state = ResultState::ok;
    result.reasons = {
        "Edges are softer than 0.8 mm: radii of vessels below 1.5 mm diameter are less certain."};
    result.tree = sample_tree();
    result.lumen = sample_lumen(result.tree);
    add_sample_facts(result);
    add_sample_flow(result);
    add_sample_lesions(result);
    return result;
}

// A CT around the sample tree: lung, fat, myocardium, left ventricle, aorta, lumens with a soft edge, calcium
// at the first stenosis, noise of 20 HU.
inline Volume sample_volume(const CaseResult& result, double spacing_mm) {
    Volume volume;
    volume.acquisition = result.acquisition;
    volume.hash = result.input_hash;
    ImageGeometry& g = volume.geometry;
    g.spacing_mm = {spacing_mm, spacing_mm, spacing_mm};
    g.origin_lps_mm = {-75, -80, -90};
    g.size = {static_cast<int>(165 / spacing_mm), static_cast<int>(145 / spacing_mm),
              static_cast<int>(115 / spacing_mm)};
    std::vector<float> hu(static_cast<std::size_t>(g.size.count()));
    const auto inside = [](Vec3 p, Vec3 center, Vec3 radii) {
        const Vec3 d = p - center;
        return std::pow(d.x / radii.x, 2) + std::pow(d.y / radii.y, 2) + std::pow(d.z / radii.z, 2) < 1;
    };
    for (int k = 0; k < g.size.z; ++k)
        for (int j = 0; j < g.size.y; ++j)
            for (int i = 0; i < g.size.x; ++i) {
                const Vec3 p = g.lps_from_index({double(i), double(j), double(k)});
                float value = inside(p, {8, -8, -32}, {74, 66, 66}) ? -85.f : -840.f;
                if (inside(p, {26, -8, -32}, {32, 38, 34})) value = 105;
                if (inside(p, {26, -8, -30}, {21, 26, 24})) value = 400;
                if (std::hypot(p.x, p.y) < 13 && p.z > -8) value = 412;
                hu[static_cast<std::size_t>(g.offset(i, j, k))] = value;
            }
    const auto stamp = [&](Vec3 center, double radius_mm, float value, double fat_mm) {
        const Vec3 c = g.index_from_lps(center);
        const int reach = static_cast<int>(std::ceil((radius_mm + fat_mm + 1) / spacing_mm));
        for (int k = int(c.z) - reach; k <= int(c.z) + reach + 1; ++k)
            for (int j = int(c.y) - reach; j <= int(c.y) + reach + 1; ++j)
                for (int i = int(c.x) - reach; i <= int(c.x) + reach + 1; ++i) {
                    if (i < 0 || j < 0 || k < 0 || i >= g.size.x || j >= g.size.y || k >= g.size.z) continue;
                    const double d =
                        distance(g.lps_from_index({double(i), double(j), double(k)}), center) - radius_mm;
                    float& voxel = hu[static_cast<std::size_t>(g.offset(i, j, k))];
                    if (fat_mm > 0) {
                        if (d < fat_mm) voxel = std::min(voxel, -85.f);
                    } else {
                        const auto share = static_cast<float>(0.5 * std::erfc(d / 0.55));
                        voxel = std::max(voxel, -85 + share * (value + 85));
                    }
                }
    };
    // Vessels run in fat: clear a sheath first, then fill the lumens.
    for (const double fat_mm : {2.5, 0.0})
        for (const Branch& branch : result.tree.branches)
            for (const CenterlinePoint& p : branch.points) stamp(p.position_lps_mm, p.radius_mm, 405, fat_mm);
    const LumenSection& throat = result.lumen.branches[2].sections[24];
    stamp(throat.center_lps_mm + 1.7 * throat.normal, 0.9, 1000, 0);
    volume.hu.resize(hu.size());
    for (std::size_t i = 0; i < hu.size(); ++i)
        volume.hu[i] = static_cast<std::int16_t>(std::lround(hu[i] + 20 * normal_at(7, 1, i)));
    return volume;
}

}  // namespace ctffr::test
