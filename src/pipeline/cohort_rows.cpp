// SPDX-License-Identifier: Apache-2.0
#include "pipeline/cohort_rows.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

namespace {

// result.json rounds to a millionth, and a value between two points is rounded once more.
constexpr double same_ffr = 3e-6;

// FFR and its standard deviation along a vessel from the ostium.
struct Line {
    std::vector<double> arc_mm, ffr, sd;
    std::vector<double> offset_mm;  // arc of the start of each branch of the vessel
};

std::size_t index(int i) { return static_cast<std::size_t>(i); }

Line line_of(const CaseResult& result, const std::vector<int>& branches) {
    Line line;
    double offset = 0;
    for (const int id : branches) {
        const Branch& branch = result.tree.branches[index(id)];
        line.offset_mm.push_back(offset);
        for (std::size_t i = line.arc_mm.empty() ? 0 : 1; i < branch.points.size(); ++i) {
            line.arc_mm.push_back(offset + branch.points[i].arc_mm);
            line.ffr.push_back(result.ffr.ffr[index(id)][i]);
            line.sd.push_back(result.ffr.ffr_sd[index(id)][i]);
        }
        offset += branch.length_mm();
    }
    return line;
}

double value_at(const std::vector<double>& arc_mm, const std::vector<double>& values, double at_mm) {
    if (at_mm <= arc_mm.front()) return values.front();
    for (std::size_t i = 1; i < arc_mm.size(); ++i)
        if (arc_mm[i] >= at_mm) {
            const double t = (at_mm - arc_mm[i - 1]) / (arc_mm[i] - arc_mm[i - 1]);
            return values[i - 1] + t * (values[i] - values[i - 1]);
        }
    return values.back();
}

// Branches of a vessel of the result: those of its name, or the way to the leaf of an unlabelled one.
std::vector<int> branches_of(const CoronaryTree& tree, const std::string& vessel) {
    for (const Vessel& named : vessels_of(tree))
        if (named.name == vessel) return named.branches;
    for (const Branch& branch : tree.branches)
        if (vessel == fmt::format("branch {}", branch.id)) return tree.path_to(branch.id);
    return {};
}

void put(TableRow& row, const char* figure, double value) {
    if (std::isfinite(value)) row.figures[figure] = value;
}

// The distal FFR of a vessel is read at a point of its centerline: the last one with that value.
double sd_of_distal(const Line& line, double ffr_distal) {
    for (std::size_t i = line.ffr.size(); i-- > 0;)
        if (std::abs(line.ffr[i] - ffr_distal) <= same_ffr) return line.sd[i];
    return std::nan("");
}

// Where the FFR of a lesion was read; NaN when the value there is another, as when the lesion was followed
// into another vessel.
double sd_of_lesion(const CaseResult& result, const Lesion& lesion) {
    const std::vector<int> branches = branches_of(result.tree, lesion.vessel);
    const auto here = std::find(branches.begin(), branches.end(), lesion.branch);
    if (here == branches.end()) return std::nan("");
    const Line line = line_of(result, branches);
    const double at_mm = line.offset_mm[index(static_cast<int>(here - branches.begin()))] + lesion.end_mm +
                         lesion.distal_read_mm;
    constexpr double same_place = 1e-3;  // FFR; end_mm may be clipped to the branch of the throat
    const bool same = std::abs(value_at(line.arc_mm, line.ffr, at_mm) - lesion.ffr_20mm_distal) <= same_place;
    return same ? value_at(line.arc_mm, line.sd, at_mm) : std::nan("");
}

void put_interval(TableRow& row, const std::vector<FfrInterval>& intervals, std::size_t i) {
    if (i >= intervals.size()) return;
    put(row, "ffr_ct_low_90", intervals[i].low_90), put(row, "ffr_ct_high_90", intervals[i].high_90);
    put(row, "p_ffr_below_080", intervals[i].p_below);
}

TableRow vessel_row(const CaseResult& result, const VesselSummary& vessel) {
    TableRow row{"vessel", vessel.name, "", vessel.note, {}};
    const std::vector<int> branches = branches_of(result.tree, vessel.name);
    put(row, "ffr_ct", vessel.ffr_distal);
    if (!branches.empty()) put(row, "ffr_ct_sd", sd_of_distal(line_of(result, branches), vessel.ffr_distal));
    put(row, "ffr_ct_lesion", vessel.lowest_lesion_ffr);
    put(row, "ppg", vessel.ppg);
    put(row, "ffr_min", vessel.min_ffr);
    put(row, "length_mm", vessel.length_mm);
    // The worst of the lesions on the way, those of the left main included.
    const Lesion* worst = nullptr;
    for (const Lesion& lesion : result.lesions) {
        const bool on_the_way = std::find(branches.begin(), branches.end(), lesion.branch) != branches.end();
        if (on_the_way && (!worst || lesion.diameter_stenosis_pct > worst->diameter_stenosis_pct))
            worst = &lesion;
    }
    if (!worst) return row;
    put(row, "ds_pct", worst->diameter_stenosis_pct);
    put(row, "as_pct", worst->area_stenosis_pct);
    put(row, "mld_mm", worst->mld_mm);
    put(row, "mla_mm2", worst->mla_mm2);
    put(row, "reference_diameter_mm", worst->reference_diameter_mm);
    return row;
}

TableRow lesion_row(const CaseResult& result, const Lesion& lesion) {
    TableRow row{"lesion", lesion.vessel, lesion.segment, lesion.note, {}};
    put(row, "ffr_ct", lesion.ffr_20mm_distal);
    put(row, "remodelling_index", lesion.remodelling_index);
    put(row, "eccentricity", lesion.eccentricity);
    put(row, "ffr_ct_sd", sd_of_lesion(result, lesion));
    put(row, "ffr_proximal", lesion.ffr_proximal);
    put(row, "delta_ffr", lesion.delta_ffr);
    put(row, "distal_read_mm", lesion.distal_read_mm);
    put(row, "ds_pct", lesion.diameter_stenosis_pct);
    put(row, "as_pct", lesion.area_stenosis_pct);
    put(row, "mld_mm", lesion.mld_mm);
    put(row, "mla_mm2", lesion.mla_mm2);
    put(row, "reference_diameter_mm", lesion.reference_diameter_mm);
    put(row, "length_mm", lesion.length_mm);
    put(row, "start_mm", lesion.start_mm);
    put(row, "end_mm", lesion.end_mm);
    put(row, "throat_mm", lesion.throat_mm);
    return row;
}

// The distal end of a segment that may have several branches is that of the last one.
std::vector<TableRow> segment_rows(const CaseResult& result) {
    std::vector<TableRow> rows;
    for (const Branch& branch : result.tree.branches) {
        if (branch.segment == Segment::unknown) continue;
        const std::string name(segment_name(branch.segment));
        auto row =
            std::find_if(rows.begin(), rows.end(), [&](const TableRow& r) { return r.segment == name; });
        if (row == rows.end()) row = rows.insert(rows.end(), {"segment", "", name, "", {}});
        const std::vector<double>& ffr = result.ffr.ffr[index(branch.id)];
        const std::vector<double>& sd = result.ffr.ffr_sd[index(branch.id)];
        row->figures.clear(), row->note.clear();
        if (ffr.empty()) continue;
        if (std::isfinite(ffr.back())) {
            put(*row, "ffr_ct", ffr.back());
            put(*row, "ffr_ct_sd", sd.back());
        } else {
            row->note = "No FFR at its end: the artery is occluded before it.";
        }
    }
    return rows;
}

}  // namespace

std::vector<TableRow> cohort_rows(const CaseResult& result) {
    std::vector<TableRow> rows;
    for (std::size_t i = 0; i < result.vessels.size(); ++i) {
        rows.push_back(vessel_row(result, result.vessels[i]));
        put_interval(rows.back(), result.uncertainty.vessels, i);
    }
    for (std::size_t i = 0; i < result.lesions.size(); ++i) {
        rows.push_back(lesion_row(result, result.lesions[i]));
        put_interval(rows.back(), result.uncertainty.lesions, i);
    }
    const std::vector<TableRow> segments = segment_rows(result);
    rows.insert(rows.end(), segments.begin(), segments.end());
    return rows;
}

}  // namespace ctffr
