// SPDX-License-Identifier: Apache-2.0
#include "stages/steady_readout.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr {

namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// A weighted straight line through (distance, pressure).
class LineFit {
   public:
    void add(double weight, double d, double p) {
        weight_ += weight, d_ += weight * d, dd_ += weight * d * d, p_ += weight * p, dp_ += weight * d * p;
    }
    double weight() const { return weight_; }
    double at_zero() const {
        const double spread = weight_ * dd_ - d_ * d_;
        // All samples at one distance: their mean.
        if (!(spread > 1e-6 * weight_ * dd_)) return p_ / weight_;
        return (dd_ * p_ - d_ * dp_) / spread;
    }

   private:
    double weight_ = 0, d_ = 0, dd_ = 0, p_ = 0, dp_ = 0;
};

}  // namespace

SectionReader::SectionReader(const FlowMesh& mesh, const std::vector<double>& pressure,
                             const std::vector<TreePlace>& place, const CoronaryTree& tree)
    : mesh_(mesh), pressure_(pressure), place_(place), tree_(tree), cells_(mesh.cell_centre) {}

double SectionReader::read(const Section& s) const {
    const Branch& branch = tree_.branches[s.branch];
    const bool at_end = (s.point == 0 && branch.parent < 0) ||
                        (s.point + 1 == branch.points.size() && tree_.children_of(branch.id).empty());
    const double radius = m_per_mm * branch.points[s.point].radius_mm;
    double value = 0;
    // A window that holds too few cells of a coarse mesh is widened.
    for (double half = radius / 4; !try_read(s, half, at_end ? 0.5 : 1.0, value); half *= 1.5) {
        if (half > 8 * radius) return std::nan("");
    }
    return value;
}

bool SectionReader::try_read(const Section& s, double half, double present, double& value) const {
    constexpr int least_cells = 24;
    const Branch& branch = tree_.branches[s.branch];
    const CenterlinePoint& point = branch.points[s.point];
    const Vec3 centre = m_per_mm * point.position_lps_mm;
    const double radius = m_per_mm * point.radius_mm, reach = 2 * radius;
    LineFit own, all;
    int cells = 0;
    cells_.within(centre, std::hypot(reach, half), [&](std::int32_t c) {
        const Vec3 off = mesh_.cell_centre[at(c)] - centre;
        const double d = dot(off, point.tangent), near = 1 - std::abs(d) / half;
        if (near <= 0) return;
        const double weight = near * mesh_.cell_volume[at(c)], p = pressure_[at(c)];
        const double across = norm(off - d * point.tangent);
        if (across < radius) all.add(weight, d, p), ++cells;
        const TreePlace& place = place_[at(c)];
        if (place.branch != s.branch) return;
        const auto& points = branch.points;
        const double arc =
            m_per_mm *
            (points[place.point].arc_mm +
             place.fraction * (points[place.point + 1].arc_mm - points[place.point].arc_mm) - point.arc_mm);
        if (across < reach && std::abs(arc) < reach + half) own.add(weight, d, p);
    });
    if (cells < least_cells) return false;
    // The part of the section that is this branch's own: below 30 % it says nothing, above 70 % all.
    const double share = own.weight() / (present * pi * radius * radius * half);
    const double trust = std::clamp((share - 0.3) / 0.4, 0.0, 1.0);
    value = (trust < 1 ? (1 - trust) * all.at_zero() : 0.0) + (trust > 0 ? trust * own.at_zero() : 0.0);
    return true;
}

std::vector<std::vector<double>> section_pressures(const FlowMesh& mesh,
                                                   const std::vector<double>& cell_pressure,
                                                   const std::vector<TreePlace>& place_of_cell,
                                                   const CoronaryTree& tree, const Run& run) {
    const SectionReader reader(mesh, cell_pressure, place_of_cell, tree);
    std::vector<std::vector<double>> pressure;
    std::vector<SectionReader::Section> sections;
    for (std::size_t b = 0; b < tree.branches.size(); ++b) {
        pressure.emplace_back(tree.branches[b].points.size());
        for (std::size_t i = 0; i < pressure[b].size(); ++i) sections.push_back({b, i});
    }
    parallel_for_uneven(Cpu{run.profiler}, "section means", static_cast<Index>(sections.size()), 16,
                        [&](Index n) {
                            const SectionReader::Section& s = sections[at(n)];
                            pressure[s.branch][s.point] = reader.read(s);
                        });
    return pressure;
}

std::vector<std::vector<double>> flows_along(const CoronaryTree& tree, const FlowProblem& problem,
                                             const std::vector<double>& outlet_flow, const WallLeak& leak,
                                             const std::vector<double>& leak_flow) {
    std::vector<std::vector<double>> flow, lost;
    for (const Branch& branch : tree.branches) flow.emplace_back(branch.points.size(), 0.0);
    lost = flow;  // before each point
    for (std::size_t n = 0; n < leak.place.size(); ++n)
        lost[leak.place[n].branch][leak.place[n].point + 1] += leak_flow[n];
    for (std::size_t o = 0; o < outlet_flow.size(); ++o)
        flow[static_cast<std::size_t>(problem.outlets[o].branch)].back() = outlet_flow[o];
    for (std::size_t b = flow.size(); b-- > 0;) {  // parents come before children
        for (int child : tree.children_of(static_cast<int>(b)))
            flow[b].back() += flow[static_cast<std::size_t>(child)].front();
        for (std::size_t i = flow[b].size() - 1; i > 0; --i) flow[b][i - 1] = flow[b][i] + lost[b][i];
    }
    return flow;
}

WallField wall_field(const FlowMesh& mesh, const PatchRoles& roles, const std::vector<double>& cell_pressure,
                     const std::vector<float>& shear, const TriangleMesh& surface, const Run& run) {
    const FlowPatch& wall = mesh.patches[static_cast<std::size_t>(roles.wall)];
    std::vector<Vec3> centre;
    for (Index f = wall.first_face; f < wall.first_face + wall.faces; ++f)
        centre.push_back(mesh.face_centre[at(f)]);
    const PointTree faces(centre);
    WallField field;
    field.pressure.resize(surface.points_lps_mm.size());
    field.shear.resize(surface.points_lps_mm.size());
    parallel_for_uneven(Cpu{run.profiler}, "wall field", static_cast<Index>(surface.points_lps_mm.size()),
                        256, [&](Index n) {
                            const Vec3 point = m_per_mm * surface.points_lps_mm[at(n)];
                            constexpr int around = 4;
                            double weights = 0, pressure = 0, magnitude = 0;
                            for (std::int32_t k : faces.nearest(point, around)) {
                                const Index f = wall.first_face + k;
                                const double d = distance(centre[at(k)], point);
                                const double weight = 1 / (d * d + 1e-12);
                                const float* t = &shear[3 * at(f - mesh.internal_faces())];
                                const Vec3 traction{static_cast<double>(t[0]), static_cast<double>(t[1]),
                                                    static_cast<double>(t[2])};
                                weights += weight;
                                pressure += weight * cell_pressure[at(mesh.owner[at(f)])];
                                magnitude += weight * norm(traction);
                            }
                            field.pressure[at(n)] = static_cast<float>(pressure / weights);
                            field.shear[at(n)] = static_cast<float>(magnitude / weights);
                        });
    return field;
}

}  // namespace ctffr
