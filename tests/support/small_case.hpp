// SPDX-License-Identifier: Apache-2.0
// A case that runs in a few seconds: a Y of centerlines with a stenosis, and what two runs must have in
// common.
#pragma once

#include <cmath>
#include <filesystem>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "ctffr/data/result.hpp"
#include "ctffr/io/surface.hpp"
#include "support/program.hpp"

namespace ctffr::test {

// A straight branch from `start` along `direction`, radius falling linearly, with an optional narrowing in
// its middle.
inline Branch small_branch(int id, int parent, Vec3 start, Vec3 direction, double length_mm, double r0_mm,
                           double r1_mm, double narrowing) {
    Branch branch;
    branch.id = id;
    branch.parent = parent;
    const int n = static_cast<int>(length_mm / 0.5);
    for (int i = 0; i <= n; ++i) {
        const double t = static_cast<double>(i) / n;
        const double dip = narrowing * std::exp(-std::pow((t - 0.5) * length_mm / 2.0, 2));
        branch.points.push_back({start + t * length_mm * normalized(direction),
                                 {},
                                 0,
                                 (r0_mm + t * (r1_mm - r0_mm)) * (1 - dip)});
    }
    update_arc_and_tangents(branch);
    return branch;
}

// Left main into LAD (stenosed) and LCX; 20 + 22 + 18 mm.
inline CoronaryTree small_tree() {
    CoronaryTree tree;
    tree.dominance = Dominance::right;
    tree.branches.push_back(small_branch(0, -1, {0, 0, 0}, {1, -0.2, -0.3}, 12, 2.1, 2.0, 0));
    const Vec3 fork = tree.branches[0].points.back().position_lps_mm;
    tree.branches.push_back(small_branch(1, 0, fork, {0.7, -0.7, -0.5}, 22, 1.7, 1.4, 0.45));
    tree.branches.push_back(small_branch(2, 0, fork, {0.7, 0.7, -0.4}, 18, 1.6, 1.3, 0));
    const Segment segments[3] = {Segment::lm, Segment::p_lad, Segment::p_cx};
    for (std::size_t b = 0; b < 3; ++b) tree.branches[b].segment = segments[b];
    return tree;
}

inline std::filesystem::path write_small_centerlines(const std::filesystem::path& folder) {
    CaseResult result;
    result.tree = small_tree();
    write_centerline_vtp(folder / "small.vtp", result);
    return folder / "small.vtp";
}

inline nlohmann::json read_result(const std::filesystem::path& out) {
    return nlohmann::json::parse(slurp(out / "result.json"));
}

// Everything of a finished case that must not depend on interruptions: the files byte by byte, result.json
// without its times. The report holds the times, so it is left out; case.h5 holds them as attributes.
inline std::map<std::string, std::string> fingerprint(const std::filesystem::path& out) {
    std::map<std::string, std::string> files;
    for (const char* name : {"centerline.vtp", "lumen.vtp", "segmentation.nii.gz"})
        if (std::filesystem::exists(out / name)) files[name] = slurp(out / name);
    nlohmann::json result = read_result(out);
    result.erase("timings_s");
    files["result.json"] = result.dump();
    return files;
}

}  // namespace ctffr::test
