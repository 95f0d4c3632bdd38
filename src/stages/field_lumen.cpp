// SPDX-License-Identifier: Apache-2.0
#include "stages/field_lumen.hpp"

#include <algorithm>

#include "ctffr/core/error.hpp"
#include "meshing/jet_width.hpp"

namespace ctffr {

namespace {

constexpr double beyond_mm = 0.8;  // straight tube that the mesher needs beyond an opening

lumen::FieldOptions field_options(double blend_fraction, const std::vector<double>& extension_mm) {
    lumen::FieldOptions options;
    options.blend_fraction = blend_fraction;
    options.extension_mm = beyond_mm;
    for (double extension : extension_mm)
        options.extension_mm = std::max(options.extension_mm, extension + beyond_mm);
    return options;
}

}  // namespace

FieldLumen::FieldLumen(const LumenSurface& lumen, const CoronaryTree& tree, double blend_fraction,
                       const std::vector<double>& extension_mm)
    : field_(lumen.branches, tree, field_options(blend_fraction, extension_mm)) {
    const auto& ends = field_.open_ends();
    for (std::size_t c = 0; c < lumen.caps.size(); ++c) {
        const Cap& cap = lumen.caps[c];
        const auto end = std::find_if(ends.begin(), ends.end(), [&](const lumen::OpenEnd& e) {
            return tree.branches[static_cast<std::size_t>(e.branch)].id == cap.branch && e.inlet == cap.inlet;
        });
        if (end == ends.end())
            throw Error(
                ExitCode::mesh_failed,
                "The lumen's opening '{}' belongs to branch {}, which has no open end there: make the "
                "lumen anew from this tree.",
                cap.name, cap.branch);
        openings_.push_back(
            {cap.name, cap.inlet, end->center + extension_mm[c] * end->normal, end->normal, end->radius_mm});
        end_of_opening_.push_back(static_cast<int>(end - ends.begin()));
    }
    for (const lumen::Chain& chain : field_.chains().chains) {  // hosts come first
        Widths w;
        for (const lumen::ChainSection& section : chain.sections) {
            w.arc_mm.push_back(section.arc_mm);
            w.width_mm.push_back(2 * section.half_width_mm);
        }
        double incoming = 0;
        if (chain.host >= 0) {
            const Widths& host = widths_[static_cast<std::size_t>(chain.host)];
            incoming = meshing::value_at(host.arc_mm, host.width_mm, chain.host_arc_mm);
        }
        meshing::limit_by_throats(w.arc_mm, w.width_mm, incoming);
        widths_.push_back(std::move(w));
    }
}

meshing::ImplicitLumen::Sample FieldLumen::sample(Vec3 p) const {
    const lumen::LumenField::Sample s = field_.sample(p);
    if (s.chain < 0) return {s.value, 0};
    const Widths& w = widths_[static_cast<std::size_t>(s.chain)];
    return {s.value, meshing::value_at(w.arc_mm, w.width_mm, s.chain_arc_mm)};
}

std::vector<meshing::Box> FieldLumen::boxes() const {
    std::vector<meshing::Box> boxes;
    constexpr double side = lumen::LumenField::block_mm;
    for (const Int3& block : field_.blocks()) {
        const Vec3 low =
            field_.bounds().first + side * Vec3{static_cast<double>(block.x), static_cast<double>(block.y),
                                                static_cast<double>(block.z)};
        boxes.push_back({low, low + side * Vec3{1, 1, 1}});
    }
    return boxes;
}

bool FieldLumen::leaves_through(std::size_t opening, Vec3 p) const {
    return field_.sample(p).open_end == end_of_opening_[opening];
}

}  // namespace ctffr
