// SPDX-License-Identifier: Apache-2.0
// Tree, ostia and lumen in the case file.
#include <nlohmann/json.hpp>

#include "ctffr/io/case_codec.hpp"
#include "io/case_arrays.hpp"

namespace ctffr {

void pack(StageRecord& record, const CoronaryTree& tree) {
    ArrayWriter<std::int32_t> branches, flags;
    ArrayWriter<double> confidence, points, ranges;
    std::vector<std::string> reasons;
    for (const Branch& branch : tree.branches) {
        for (int value : {branch.parent, static_cast<int>(branch.side), static_cast<int>(branch.segment),
                          static_cast<int>(branch.points.size())})
            branches.add(value);
        confidence.add(branch.label_confidence);
        for (const CenterlinePoint& point : branch.points) {
            points.add(point.position_lps_mm);
            points.add(point.tangent);
            points.add(point.arc_mm);
            points.add(point.radius_mm);
        }
        for (const BranchFlag& flag : branch.flags) {
            flags.add(branch.id), flags.add(static_cast<std::int32_t>(flag.kind));
            ranges.add(flag.start_mm), ranges.add(flag.end_mm);
            reasons.push_back(flag.reason);
        }
    }
    branches.store(record, "tree_parent_side_segment_points", 4);
    confidence.store(record, "tree_label_confidence");
    points.store(record, "tree_position_tangent_arc_radius_mm", 8);
    flags.store(record, "tree_flag_branch_kind", 2);
    ranges.store(record, "tree_flag_range_mm", 2);
    pack(record, "tree_flag_reasons", reasons);
    ArrayWriter<double> dominance_confidence;
    dominance_confidence.add(tree.dominance_confidence);
    record.texts["tree_dominance"] = std::to_string(static_cast<int>(tree.dominance));
    dominance_confidence.store(record, "tree_dominance_confidence");
}

void unpack(const StageRecord& record, CoronaryTree& tree) {
    ArrayReader<std::int32_t> branches(record, "tree_parent_side_segment_points");
    ArrayReader<double> confidence(record, "tree_label_confidence");
    ArrayReader<double> points(record, "tree_position_tangent_arc_radius_mm");
    tree = {};
    while (!branches.at_end()) {
        Branch branch;
        branch.id = static_cast<int>(tree.branches.size());
        branch.parent = branches.next();
        branch.side = static_cast<Side>(branches.next());
        branch.segment = static_cast<Segment>(branches.next());
        branch.points.resize(static_cast<std::size_t>(branches.next()));
        branch.label_confidence = confidence.next();
        for (CenterlinePoint& point : branch.points) {
            point.position_lps_mm = points.next_vec3();
            point.tangent = points.next_vec3();
            point.arc_mm = points.next();
            point.radius_mm = points.next();
        }
        tree.branches.push_back(std::move(branch));
    }
    ArrayReader<std::int32_t> flags(record, "tree_flag_branch_kind");
    ArrayReader<double> ranges(record, "tree_flag_range_mm");
    std::vector<std::string> reasons;
    unpack(record, "tree_flag_reasons", reasons);
    for (const std::string& reason : reasons) {
        const auto branch = static_cast<std::size_t>(flags.next());
        BranchFlag flag;
        flag.kind = static_cast<BranchFlag::Kind>(flags.next());
        flag.start_mm = ranges.next(), flag.end_mm = ranges.next();
        flag.reason = reason;
        tree.branches.at(branch).flags.push_back(flag);
    }
    tree.dominance = static_cast<Dominance>(std::stoi(record.text("tree_dominance")));
    tree.dominance_confidence = ArrayReader<double>(record, "tree_dominance_confidence").next();
}

void pack(StageRecord& record, const std::vector<Ostium>& ostia) {
    ArrayWriter<double> values;
    for (const Ostium& ostium : ostia) {
        values.add(static_cast<double>(ostium.side));
        values.add(ostium.position_lps_mm);
        values.add(ostium.confidence);
    }
    values.store(record, "ostia_side_position_confidence", 5);
}

void unpack(const StageRecord& record, std::vector<Ostium>& ostia) {
    ArrayReader<double> values(record, "ostia_side_position_confidence");
    ostia.clear();
    while (!values.at_end()) {
        Ostium ostium;
        ostium.side = values.next() == 0 ? Side::left : Side::right;
        ostium.position_lps_mm = values.next_vec3();
        ostium.confidence = values.next();
        ostia.push_back(ostium);
    }
}

namespace {

void pack_sections(StageRecord& record, const LumenSurface& lumen) {
    ArrayWriter<std::int32_t> counts, angles;
    ArrayWriter<double> frames;
    ArrayWriter<float> radius, radius_sd, outer;
    ArrayWriter<std::uint8_t> open;
    for (const LumenBranch& branch : lumen.branches) {
        counts.add(branch.branch), counts.add(static_cast<std::int32_t>(branch.sections.size()));
        for (const LumenSection& section : branch.sections) {
            for (Vec3 v : {section.center_lps_mm, section.tangent, section.normal, section.binormal})
                frames.add(v);
            for (double value : {section.arc_mm, section.area_mm2, section.fit_residual_hu})
                frames.add(value);
            for (std::size_t size : {section.radius_mm.size(), section.radius_sd_mm.size(),
                                     section.open.size(), section.outer_mm.size()})
                angles.add(static_cast<std::int32_t>(size));
            for (float value : section.radius_mm) radius.add(value);
            for (float value : section.radius_sd_mm) radius_sd.add(value);
            for (std::uint8_t value : section.open) open.add(value);
            for (float value : section.outer_mm) outer.add(value);
        }
    }
    counts.store(record, "lumen_branch_sections", 2);
    frames.store(record, "lumen_center_frame_arc_area_residual", 15);
    angles.store(record, "lumen_angles_radius_sd_open_outer", 4);
    radius.store(record, "lumen_radius_mm");
    radius_sd.store(record, "lumen_radius_sd_mm");
    open.store(record, "lumen_open");
    outer.store(record, "lumen_outer_mm");
}

void unpack_sections(const StageRecord& record, LumenSurface& lumen) {
    ArrayReader<std::int32_t> counts(record, "lumen_branch_sections"),
        angles(record, "lumen_angles_radius_sd_open_outer");
    ArrayReader<double> frames(record, "lumen_center_frame_arc_area_residual");
    ArrayReader<float> radius(record, "lumen_radius_mm"), radius_sd(record, "lumen_radius_sd_mm"),
        outer(record, "lumen_outer_mm");
    ArrayReader<std::uint8_t> open(record, "lumen_open");
    lumen.branches.clear();
    while (!counts.at_end()) {
        LumenBranch branch;
        branch.branch = counts.next();
        branch.sections.resize(static_cast<std::size_t>(counts.next()));
        for (LumenSection& section : branch.sections) {
            for (Vec3* v : {&section.center_lps_mm, &section.tangent, &section.normal, &section.binormal})
                *v = frames.next_vec3();
            for (double* value : {&section.arc_mm, &section.area_mm2, &section.fit_residual_hu})
                *value = frames.next();
            section.radius_mm.resize(static_cast<std::size_t>(angles.next()));
            section.radius_sd_mm.resize(static_cast<std::size_t>(angles.next()));
            section.open.resize(static_cast<std::size_t>(angles.next()));
            section.outer_mm.resize(static_cast<std::size_t>(angles.next()));
            for (float& value : section.radius_mm) value = radius.next();
            for (float& value : section.radius_sd_mm) value = radius_sd.next();
            for (std::uint8_t& value : section.open) value = open.next();
            for (float& value : section.outer_mm) value = outer.next();
        }
        lumen.branches.push_back(std::move(branch));
    }
}

void pack_mesh(StageRecord& record, const TriangleMesh& mesh) {
    ArrayWriter<double> points;
    for (Vec3 point : mesh.points_lps_mm) points.add(point);
    points.store(record, "lumen_mesh_points_lps_mm", 3);
    ArrayWriter<std::int32_t> triangles;
    for (const auto& triangle : mesh.triangles)
        for (std::int32_t corner : triangle) triangles.add(corner);
    triangles.store(record, "lumen_mesh_triangles", 3);
    record.arrays["lumen_mesh_patch"] = {mesh.patch, {static_cast<Index>(mesh.patch.size())}};
}

void unpack_mesh(const StageRecord& record, TriangleMesh& mesh) {
    ArrayReader<double> points(record, "lumen_mesh_points_lps_mm");
    mesh = {};
    while (!points.at_end()) mesh.points_lps_mm.push_back(points.next_vec3());
    ArrayReader<std::int32_t> triangles(record, "lumen_mesh_triangles");
    while (!triangles.at_end()) {
        auto& triangle = mesh.triangles.emplace_back();
        for (std::int32_t& corner : triangle) corner = triangles.next();
    }
    mesh.patch = record.values<std::int32_t>("lumen_mesh_patch");
}

}  // namespace

void pack(StageRecord& record, const LumenSurface& lumen) {
    pack_sections(record, lumen);
    pack_mesh(record, lumen.mesh);
    ArrayWriter<double> caps;
    std::vector<std::string> names;
    for (const Cap& cap : lumen.caps) {
        caps.add(static_cast<double>(cap.branch));
        caps.add(cap.inlet ? 1.0 : 0.0);
        caps.add(cap.center_lps_mm);
        caps.add(cap.normal);
        caps.add(cap.area_mm2);
        names.push_back(cap.name);
    }
    caps.store(record, "lumen_cap_branch_inlet_center_normal_area", 9);
    pack(record, "lumen_cap_names", names);
    record.texts["lumen_method"] = lumen.method;
}

void unpack(const StageRecord& record, LumenSurface& lumen) {
    lumen = {};
    unpack_sections(record, lumen);
    unpack_mesh(record, lumen.mesh);
    ArrayReader<double> caps(record, "lumen_cap_branch_inlet_center_normal_area");
    std::vector<std::string> names;
    unpack(record, "lumen_cap_names", names);
    for (const std::string& name : names) {
        Cap cap;
        cap.name = name;
        cap.branch = static_cast<int>(caps.next());
        cap.inlet = caps.next() != 0;
        cap.center_lps_mm = caps.next_vec3();
        cap.normal = caps.next_vec3();
        cap.area_mm2 = caps.next();
        lumen.caps.push_back(cap);
    }
    lumen.method = record.text("lumen_method");
}

}  // namespace ctffr
